import assert from "node:assert/strict";
import { test } from "node:test";

import { latest } from "../../../widget/src/body/latest.js";

test("the newest question gives up the one before it, and only that", () => {
  const next = latest();
  const given = [];
  for (const name of ["first", "second", "third"]) next().onabort = () => given.push(name);
  assert.deepEqual(given, ["first", "second"]);
});

test("two places that ask do not disturb each other", () => {
  const [one, other] = [latest(), latest()];
  one().onabort = () => assert.fail("given up by another place");
  other();
});
