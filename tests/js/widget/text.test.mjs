import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { clip, json } from "../../../widget/src/body/text.js";

afterEach(() => { delete Array.prototype.toJSON; });

test("what is sent is JSON as the browser would write it", () => {
  const value = { a: [1, "two", null, true, { b: "“ü”\n" }], c: undefined, d: {} };
  assert.equal(json(value), JSON.stringify(value));
});

test("lists stay lists on pages that have given them a toJSON", () => {
  Array.prototype.toJSON = () => "spoilt";
  assert.equal(JSON.stringify([1]), '"spoilt"');
  assert.equal(json({ a: [1, [2]] }), '{"a":[1,[2]]}');
});

test("what JSON has no word for is null", () => {
  assert.equal(json([undefined, () => 1]), "[null,null]");
});

test("a clipped text has single spaces, no ends and at most so many characters", () => {
  assert.equal(clip("  one \n\t two  ", 100), "one two");
  assert.equal(clip("one two", 4), "one ");
  assert.equal(clip(null, 5), "");
  assert.equal(clip(undefined, 5), "");
  assert.equal(clip(0, 5), "0");
});
