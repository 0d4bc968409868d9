import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Failure, request } from "../../../widget/src/loader/request.js";
import { give } from "../browser.mjs";

// Each answer is [status, content type, text], or null for a connection that breaks at once.
let answers = [];
let asked = [];

// What a browser makes of an answer for which JSON was asked.
const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

class Transport {
  open(method, url) {
    this.question = { method, url };
  }
  send(body) {
    asked.push({ ...this.question, body });
    const answer = answers.shift();
    if (answer === "silence") return;
    setTimeout(() => {
      if (!answer) return this.onerror?.();
      const [status, type, text] = answer;
      [this.status, this.type, this.response] = [status, type, parsed(text)];
      this.onload?.();
    });
  }
  abort() {
    this.aborted = true;
  }
  getResponseHeader() {
    return this.type;
  }
}

give({ XMLHttpRequest: Transport });
beforeEach(() => { answers = []; asked = []; });

const OK = [200, "application/json", '{"results":[]}'];
const failing = async (...given) => {
  try {
    await request(...given);
  } catch (failure) {
    assert.ok(failure instanceof Failure);
    return failure;
  }
  return assert.fail("it was answered");
};

test("an answer in JSON is what the caller gets", async () => {
  answers = [OK];
  assert.deepEqual(await request("/search"), { results: [] });
  assert.deepEqual(asked, [{ method: "GET", url: "/search", body: undefined }]);
});

test("a question that fails at once is asked a second time", async () => {
  answers = [null, OK];
  assert.deepEqual(await request("/search"), { results: [] });
  assert.equal(asked.length, 2);
});

test("whoever asks too often is told of danger all the same, and of nothing else", async () => {
  const refusal = (more) => [429, "application/json", JSON.stringify({ error: { code: "too_many_requests", message: "Wait", ...more } })];
  answers = [refusal({ urgent: { title: "Move away" } })];
  const found = await request("/search");
  assert.deepEqual([found.results, found.urgent, asked.length], [[], { title: "Move away" }, 1]);
  answers = [refusal(), refusal()];
  assert.equal((await failing("/search")).status, 429);
  answers = [refusal({ urgent: { title: "Move away" } })];
  assert.equal((await failing("/tickets", { body: "{}" })).status, 429, "what was not sent was not sent");
});

test("what is posted is posted once, whatever happens to it", async () => {
  answers = [null, OK];
  assert.equal((await failing("/tickets", { body: "{}" })).status, 0);
  assert.deepEqual(asked, [{ method: "POST", url: "/tickets", body: "{}" }]);
});

test("a refusal is final and brings the server's reason", async () => {
  answers = [[422, "application/problem+json", '{"error":{"code":"invalid","message":"no such site"}}']];
  const failure = await failing("/search");
  assert.equal(failure.status, 422);
  assert.equal(failure.refused, true);
  assert.equal(failure.message, "no such site");
  assert.equal(asked.length, 1);
});

test("too many requests and a slow server are no refusal", () => {
  for (const status of [0, 408, 429, 500, 503]) assert.equal(new Failure(status).refused, false, String(status));
  for (const status of [400, 403, 404, 422]) assert.equal(new Failure(status).refused, true, String(status));
});

test("a login page and half a document are no answer", async () => {
  for (const answer of [[200, "text/html", "<h1>Log in</h1>"], [200, "application/json", '{"results":'], [403, "text/html", "no"]]) {
    answers = [answer, answer];
    assert.equal((await failing("/search")).status, 0, answer[2]);
  }
});

test("who waits longer than agreed is told so, without a second try", async () => {
  answers = ["silence"];
  assert.equal((await failing("/search", { wait: 1000 })).status, 0);
  assert.equal(asked.length, 1);
});

test("a question that is given up is not asked again, and says that it was given up", async () => {
  answers = ["silence", OK];
  const signal = {};
  const waiting = failing("/search", { signal });
  signal.onabort();
  assert.equal((await waiting).aborted, true);
  assert.equal(asked.length, 1);
});
