import assert from "node:assert/strict";
import { test } from "node:test";

import { told, toldWords } from "../../../widget/src/body/told.js";

test("texts, numbers and yes or no go along; nothing else, and nothing huge", () => {
  const attributes = { plan: "pro", orders: 0, vat: false, none: null, gone: undefined, empty: "", list: [1], run() {}, long: "x".repeat(5000) };
  const found = told({ attributes, tags: ["vip", 7] });
  assert.deepEqual(Object.keys(found.attributes), ["plan", "orders", "vat", "long"]);
  assert.equal(found.attributes.long.length, 999);
  assert.deepEqual(found.tags, ["vip", "7"]);
});

test("a page that said nothing adds nothing", () => {
  for (const core of [{}, { attributes: null, tags: null }, { attributes: {}, tags: [] }]) {
    assert.deepEqual(told(core), { attributes: undefined, tags: undefined });
    assert.equal(toldWords(core), "");
  }
});

test("the customer can read what goes along", () => {
  assert.equal(toldWords({ attributes: { plan: "pro", orders: 3 }, tags: ["vip"] }), "plan: pro · orders: 3 · vip");
});
