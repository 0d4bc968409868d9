import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";
import { test } from "node:test";

import { fresh, give } from "../browser.mjs";

// What a worker posts back when it is given this task.
async function answered(task, crypto = webcrypto) {
  let work = null;
  let said;
  give({ self: { crypto, addEventListener: (_, listener) => { work = listener; }, postMessage: (answer) => { said = answer; } } });
  await fresh("challenge-worker.js");
  await work({ data: task });
  return said;
}

const task = (number, maxnumber) => ({ salt: "salt", maxnumber, challenge: createHash("sha256").update(`salt${number}`).digest("hex") });

test("the number is found in whichever slice it is, the last one included", async () => {
  for (const number of [0, 399, 400, 1000]) assert.equal(await answered(task(number, 1000)), number);
});

test("a task that cannot be solved is given up", async () => {
  assert.equal(await answered(task(1001, 1000)), null);
});

test("a page without cryptography is told so at once", async () => {
  assert.equal(await answered(task(1, 10), {}), null);
});
