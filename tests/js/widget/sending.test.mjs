import assert from "node:assert/strict";
import { File } from "node:buffer";
import { afterEach, test } from "node:test";

import { newKey, packed, sending } from "../../../widget/src/body/sending.js";
import { give, settled } from "../browser.mjs";

const listeners = {};
give({
  addEventListener: (type, listener) => { listeners[type] = listener; },
  removeEventListener: (type) => { delete listeners[type]; },
  crypto: globalThis.crypto ?? (await import("node:crypto")).webcrypto,
});

const LOST = { refused: false };
let running = null;
afterEach(() => running?.stop());

// A message on its way; `answers` are what becomes of each try, a failure or the server's answer.
function send(answers) {
  const seen = { posted: [], slow: 0, done: null, refused: null };
  const api = {
    send(body) {
      seen.posted.push(body);
      const answer = answers.shift();
      return "refused" in answer ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  running = sending("the message", api, {
    slow: () => { seen.slow += 1; },
    done: (answer) => { seen.done = answer; },
    refused: (failure) => { seen.refused = failure; },
  });
  return seen;
}

test("a key is 32 hexadecimal digits, and each is another", () => {
  assert.match(newKey(), /^[0-9a-f]{32}$/);
  assert.notEqual(newKey(), newKey());
});

test("a message without files is JSON with its key", () => {
  assert.equal(packed({ subject: "Hi", phone: undefined }, [], "k1"), '{"subject":"Hi","idempotency_key":"k1"}');
});

test("a message with files is a form with the same values", () => {
  const form = packed({ subject: "Hi", phone: undefined, journey: { version: 1 } }, [["attachments", new File(["x"], "a.txt")]], "k1");
  assert.deepEqual([...form.keys()], ["subject", "journey", "idempotency_key", "attachments"]);
  assert.equal(form.get("journey"), '{"version":1}');
  assert.equal(form.get("attachments").name, "a.txt");
});

test("a message whose answer is lost is sent again as it was, until there is one", async () => {
  const seen = send([LOST, LOST, { reference: "R-1" }]);
  await settled();
  assert.equal(seen.slow, 1, "and the customer is told that it takes longer");
  running.now();
  await settled();
  running.now();
  await settled();
  assert.deepEqual(seen.posted, ["the message", "the message", "the message"]);
  assert.deepEqual(seen.done, { reference: "R-1" });
});

test("a refusal ends it at once", async () => {
  const refusal = { refused: true };
  const seen = send([refusal]);
  await settled();
  assert.equal(seen.refused, refusal);
  running.now();
  assert.equal(seen.posted.length, 1);
});

test("a connection that is back is used at once", async () => {
  const seen = send([LOST, { reference: "R-1" }]);
  await settled();
  listeners.online();
  await settled();
  assert.deepEqual(seen.done, { reference: "R-1" });
  assert.equal(listeners.online, undefined, "nothing is left on the page");
});

test("after it was stopped, nobody hears of it", async () => {
  const seen = send([{ reference: "R-1" }]);
  running.stop();
  await settled();
  assert.equal(seen.done, null);
});
