// The copy of what is not saved, on the device.
import assert from "node:assert/strict";
import { test } from "node:test";
import { copyStore, differs, pauseFor, reachable, saves } from "../../../app/static/editor.js";

function storage() {
  const kept = new Map();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };
}

test("a copy is kept by article and account, for a while", () => {
  const place = storage();
  let now = 1000;
  const mine = copyStore("ada:a.md", { storage: place, now: () => now });
  assert.equal(mine.write("v1", { body: "typed" }), true);
  assert.equal(mine.read().values.body, "typed");
  assert.equal(copyStore("bo:a.md", { storage: place }).read(), null);
  now += 31 * 24 * 60 * 60 * 1000;
  assert.equal(mine.read(), null);
  mine.forget();
  assert.equal(place.getItem("signpost:article:ada:a.md"), null);
});

test("what something else wrote, and a full or forbidden storage, do no harm", () => {
  const place = storage();
  place.setItem("signpost:article:a", "{not json");
  assert.equal(copyStore("a", { storage: place }).read(), null);
  place.setItem("signpost:article:a", "null");
  assert.equal(copyStore("a", { storage: place }).read(), null);
  const full = { getItem() { throw new Error(); }, setItem() { throw new Error(); }, removeItem() { throw new Error(); } };
  const store = copyStore("a", { storage: full });
  assert.equal(store.read(), null);
  assert.equal(store.write("v", {}), false);
  store.forget();
});

test("a reason alone is nothing to put back", () => {
  assert.equal(differs({ body: "a", reason: "why" }, { body: "a", reason: "" }), false);
  assert.equal(differs({ body: "b" }, { body: "a" }), true);
});

test("the pause before a preview leaves time to make it", () => {
  assert.equal(pauseFor(0), 80);
  assert.equal(pauseFor(120), 120);
  for (const took of [80, 120, 150, 180, 220]) assert.ok(pauseFor(took) + took <= 300, String(took));
  assert.equal(pauseFor(900), 80);
});

test("a form is sent only where somebody answers, whatever the answer is about", async () => {
  const says = (status) => async () => ({ status });
  assert.equal(await reachable("/healthz", { ask: says(200) }), true);
  assert.equal(await reachable("/healthz", { ask: says(401) }), true);
  assert.equal(await reachable("/healthz", { ask: says(502) }), false);
  assert.equal(await reachable("/healthz", { ask: async () => { throw new TypeError("offline"); } }), false);
});

test("Ctrl+S and Cmd+S save, also where the layout writes another letter on the key", () => {
  const key = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, key: "s", code: "KeyS" };
  assert.equal(saves({ ...key, ctrlKey: true }), true);
  assert.equal(saves({ ...key, metaKey: true, key: "S" }), true);
  assert.equal(saves({ ...key, ctrlKey: true, key: "\u05d3" }), true);
  assert.equal(saves({ ...key, ctrlKey: true, key: "o" }), false);
  assert.equal(saves(key), false);
  assert.equal(saves({ ...key, ctrlKey: true, shiftKey: true }), false);
});

test("fields of the header are kept, too", () => {
  assert.equal(differs({ slug: "b" }, { slug: "a" }), true);
});
