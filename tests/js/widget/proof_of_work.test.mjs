import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";
import { test } from "node:test";

import { work } from "../../../widget/src/body/proof_of_work.js";
import { give } from "../browser.mjs";

give({ crypto: globalThis.crypto ?? webcrypto, window: globalThis });

const task = (number) => ({
  algorithm: "SHA-256", salt: "salt?expires=1", signature: "signed", maxnumber: 500,
  challenge: createHash("sha256").update(`salt?expires=1${number}`).digest("hex"),
});

const read = (proof) => JSON.parse(atob(proof));

async function solved(found) {
  for (let turn = 0; turn < 200; turn += 1) {
    if (found.proof() && "number" in read(found.proof())) return read(found.proof());
    await new Promise((done) => { setTimeout(done, 5); });
  }
  return assert.fail("it was not solved");
}

test("the number is found in whichever slice it is, the last one included", async () => {
  for (const number of [0, 59, 60, 500]) {
    const proof = await solved(work({ challenge: () => Promise.resolve(task(number)) }));
    assert.deepEqual(proof, { ...task(number), number });
  }
});

test("before it is solved the proof says that a browser has asked", async () => {
  const found = work({ challenge: () => Promise.resolve({ ...task(0), challenge: "nothing has this sum" }) });
  await new Promise((done) => { setTimeout(done, 50); });
  assert.equal(read(found.proof()).signature, "signed");
  assert.equal("number" in read(found.proof()), false);
});

test("without a challenge there is no proof, and nothing fails", async () => {
  const found = work({ challenge: () => Promise.reject(new Error("down")) });
  await new Promise((done) => { setTimeout(done, 5); });
  assert.equal(found.proof(), undefined);
});
