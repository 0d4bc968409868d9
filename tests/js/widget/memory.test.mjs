import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { memory } from "../../../widget/src/body/memory.js";
import { take } from "../../../widget/src/body/from_loader.js";
import { entry } from "../../../widget/src/loader/storage.js";
import { give, storage } from "../browser.mjs";

const PLACE = "signpost:shop";
const core = (agreed) => ({ settings: { site: "shop" }, agreed });
const request = (token) => ({ token, reference: `R-${token}` });
const stored = () => JSON.parse(localStorage.getItem(PLACE) || "null");

take({ entry });

beforeEach(() => give({ window: globalThis, localStorage: storage() }));

test("nothing is stored before somebody agreed, and it is known for the life of the page all the same", () => {
  const kept = memory(core(null));
  kept.add(request("a"));
  assert.equal(stored(), null);
  assert.deepEqual(kept.all(), [request("a")]);
  assert.equal(kept.keeps(), false);
});

test("what was sent before somebody agreed is stored once they do", () => {
  const asking = core(null);
  const kept = memory(asking);
  kept.add(request("a"));
  asking.agreed = true;
  assert.equal(kept.agreed(), true);
  assert.deepEqual(stored(), { v: 1, requests: [request("a")] });
});

test("taking consent back forgets everything", () => {
  const asking = core(true);
  const kept = memory(asking);
  kept.add(request("a"));
  asking.agreed = false;
  assert.equal(kept.agreed(), false);
  assert.equal(stored(), null);
  assert.deepEqual(kept.all(), []);
});

test("who agreed on an earlier page has agreed on this one", () => {
  memory(core(true)).add(request("a"));
  const later = memory(core(null));
  later.add(request("b"));
  assert.deepEqual(stored().requests, [request("a"), request("b")]);
});

test("twenty requests are kept, the newest", () => {
  const kept = memory(core(true));
  for (let number = 1; number <= 25; number += 1) kept.add(request(String(number)));
  assert.equal(stored().requests.length, 20);
  assert.equal(kept.all().length, 20);
  assert.equal(kept.all()[19].token, "25");
});

test("requests the server no longer knows are dropped, and how many answers of the others were seen is kept", () => {
  const kept = memory(core(true));
  for (const token of ["a", "b"]) kept.add(request(token));
  kept.saw([{ token: "b", replies: 2 }]);
  assert.deepEqual(kept.all(), [{ ...request("b"), seen: 2 }]);
  assert.deepEqual(stored().requests, [{ ...request("b"), seen: 2 }]);
});

test("what somebody else wrote in our place is ignored", () => {
  for (const text of ["no JSON", "[]", '{"requests":7}', '{"requests":[null,{"token":7}]}']) {
    localStorage.setItem(PLACE, text);
    assert.deepEqual(memory(core(null)).all(), [], text);
  }
});

test("a full storage says that nothing was kept, and the request is still known here", () => {
  give({ localStorage: storage({ full: true }) });
  const kept = memory(core(true));
  kept.add(request("a"));
  assert.equal(kept.agreed(), false);
  assert.deepEqual(kept.all(), [request("a")]);
});
