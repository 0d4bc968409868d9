import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { visits } from "../../../widget/src/more/visits.js";
import { entry } from "../../../widget/src/loader/storage.js";
import { give, storage } from "../browser.mjs";

const core = (agreed = null) => ({ settings: { site: "shop" }, agreed, lent: { entry } });

beforeEach(() => give({ window: globalThis, localStorage: storage() }));

test("nothing may be stored unless somebody said so, here or when they chose to keep a request", () => {
  assert.equal(visits(core()).allowed(), false);
  assert.equal(visits(core(true)).allowed(), true);
  localStorage.setItem("signpost:shop", "{}");
  assert.equal(visits(core()).allowed(), true);
  assert.equal(visits(core(false)).allowed(), false);
});

test("pages are kept without what may be private in them", () => {
  const device = visits(core(true));
  device.arrived("https://shop.example/cart?token=secret#x");
  device.arrived("https://shop.example/cart");
  assert.deepEqual(device.read(), { count: 2, pages: ["https://shop.example/cart"], closed: [] });
  assert.ok(!localStorage.getItem("signpost:shop:seen").includes("secret"));
});

test("what was closed is kept, whatever else is visited", () => {
  const device = visits(core(true));
  device.close("a");
  for (let at = 0; at < 200; at += 1) device.arrived(`https://shop.example/${at}`);
  assert.deepEqual(device.read().closed, ["a"]);
  assert.equal(device.read().pages.length, 50);
  assert.equal(device.read().count, 200);
});

test("what somebody else wrote in our place is ignored, and no storage is no error", () => {
  for (const text of ["no JSON", "null", "[]", '{"count":"x","pages":7,"closed":[1]}']) {
    localStorage.setItem("signpost:shop:seen", text);
    assert.deepEqual(visits(core(true)).read(), { count: 0, pages: [], closed: [] }, text);
  }
  for (const broken of [storage({ full: true }), undefined]) {
    give({ localStorage: broken });
    assert.equal(visits(core(true)).arrived("https://shop.example/"), false);
    visits(core(true)).close("a");
    visits(core(true)).forget();
  }
});
