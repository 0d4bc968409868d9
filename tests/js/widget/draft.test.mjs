import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { draftStore } from "../../../widget/src/body/draft.js";
import { take } from "../../../widget/src/body/from_loader.js";
import { entry } from "../../../widget/src/loader/storage.js";
import { give, storage } from "../browser.mjs";

const PLACE = "signpost:shop";
const core = (agreed = null) => ({ settings: { site: "shop" }, agreed });

take({ entry });

beforeEach(() => give({ window: globalThis, sessionStorage: storage() }));

test("what was typed is there for the next page of this tab, with a posted message and its key", () => {
  const store = draftStore(core());
  assert.equal(store.write({ typed: { message: "It is silent." }, key: "k" }), true);
  assert.deepEqual(draftStore(core()).read(), { typed: { message: "It is silent." } });
  store.write({ typed: { message: "It is silent." }, who: "ada@example.org", key: "k" }, '{"message":"It is silent."}');
  assert.deepEqual(store.read(), { typed: { message: "It is silent." }, who: "ada@example.org", key: "k", sent: '{"message":"It is silent."}' });
});

test("a message with files has no bytes that could be posted again, so its key is not kept", () => {
  const store = draftStore(core());
  store.write({ typed: { message: "x" }, key: "k" }, {});
  assert.deepEqual(store.read(), { typed: { message: "x" } });
});

test("nothing typed keeps nothing", () => {
  const store = draftStore(core());
  store.write({ typed: { message: "x" } });
  assert.equal(store.write({ typed: {} }), false);
  assert.equal(sessionStorage.getItem(PLACE), null);
});

test("nothing is kept where the page said that nothing may be stored", () => {
  const store = draftStore(core(false));
  assert.equal(store.write({ typed: { message: "x" } }), false);
  assert.equal(sessionStorage.getItem(PLACE), null);
});

test("it lasts a day, and what somebody else wrote in our place is ignored", () => {
  const store = draftStore(core());
  for (const text of ["no JSON", "null", "{}", "[]", `{"at": ${Date.now() - 864e5}, "draft": {"typed": {"message": "x"}}}`]) {
    sessionStorage.setItem(PLACE, text);
    assert.deepEqual(store.read(), {}, text);
  }
});

test("without storage it is not kept and nothing fails", () => {
  for (const broken of [storage({ full: true }), undefined]) {
    give({ sessionStorage: broken });
    const store = draftStore(core());
    assert.equal(store.write({ typed: { message: "x" } }), false);
    assert.deepEqual(store.read(), {});
    store.forget();
  }
});
