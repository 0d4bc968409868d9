import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fresh, give, storage } from "../browser.mjs";

let module = null;
beforeEach(async () => {
  give({ window: { localStorage: storage(), sessionStorage: storage() } });
  module = await fresh("memory.js");
});

test("recent searches are the last six, the newest first, each once whatever its capitals", () => {
  const { recent } = module;
  for (const query of ["a", "b", "c", "d", "e", "f", "g", "C"]) recent.add(query);
  assert.deepEqual(recent.all(), ["C", "g", "f", "e", "d", "b"]);
  recent.clear();
  assert.deepEqual(recent.all(), []);
});

test("what somebody else wrote in our place is ignored", () => {
  const { recent, journey } = module;
  for (const text of ["no JSON", "{}", "null", "[7, null]"]) {
    window.localStorage.setItem("signpost:recent", text);
    assert.deepEqual(recent.all(), [], text);
  }
  window.sessionStorage.setItem("signpost:journey", '{"queries": 7}');
  assert.deepEqual(journey.read(), { queries: [], suggestions: [] });
});

test("everything works where storage is forbidden", () => {
  const { recent, journey } = module;
  give({ window: { get localStorage() { throw new Error("SecurityError"); }, get sessionStorage() { throw new Error("SecurityError"); } } });
  recent.add("refund");
  recent.clear();
  journey.searched("refund", "answer");
  assert.deepEqual(recent.all(), []);
  assert.deepEqual(journey.read(), { queries: [], suggestions: [] });
});

test("the same search twice in a row is one, and twenty are kept", () => {
  const { journey } = module;
  journey.searched("refund", "answer");
  journey.searched("refund", "answer");
  assert.equal(journey.read().queries.length, 1);
  for (let number = 0; number < 25; number += 1) journey.searched(`query ${number}`, "suggest");
  assert.equal(journey.read().queries.length, 20);
  assert.equal(journey.read().queries.at(-1).text, "query 24");
});

test("an article that was shown is marked as opened, in its language only", () => {
  const { journey } = module;
  for (const lang of ["en", "tr"]) journey.shown("refund", lang, "Refunds");
  journey.opened("refund", "tr");
  assert.deepEqual(journey.read().suggestions.map((one) => one.opened), [false, true]);
});

test("reading times add up to a day at most, for articles that were shown", () => {
  const { journey } = module;
  journey.shown("refund", "en", "Refunds");
  journey.wasRead("refund", "en", 10.4);
  journey.wasRead("refund", "en", 20.4);
  journey.wasRead("unknown", "en", 5);
  assert.deepEqual(journey.read().suggestions.map((one) => one.seconds_read), [30]);
  journey.wasRead("refund", "en", 1e9);
  assert.equal(journey.read().suggestions[0].seconds_read, 86400);
});

test("at the top of its host, what is kept has the names it always had", async () => {
  const { below, entryName } = await fresh("place.js");
  assert.equal(below, "");
  assert.equal(entryName("recent"), "signpost:recent");
});
