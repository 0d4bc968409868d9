import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { unreadCount } from "../../../widget/src/more/unread.js";
import { entry } from "../../../widget/src/loader/storage.js";
import { fits } from "../../../widget/src/loader/token.js";
import { give, settled, storage } from "../browser.mjs";

let asked = [];
let answers = {};
let unseen = [];

function page(identity = null) {
  asked = [];
  unseen = [];
  const doc = { hidden: false, addEventListener() {}, removeEventListener() {} };
  return {
    settings: { site: "shop" }, lang: "en", identity,
    lent: {
      doc, entry, fits, siteUrl: (_, path) => path,
      request: (url, { body }) => { asked.push([url, JSON.parse(body)]); return answers[url] ? Promise.resolve({ requests: answers[url] }) : Promise.reject(new Error("down")); },
    },
  };
}

const start = (core) => unreadCount(core, (count) => unseen.push(count));

beforeEach(() => {
  give({ window: globalThis, localStorage: storage() });
  answers = {};
});

test("nothing is asked where nobody is signed in and nothing is kept", async () => {
  start(page());
  await settled();
  assert.deepEqual(asked, []);
  assert.deepEqual(unseen, [0]);
});

test("the answers of a signed-in visitor are counted by a token made for it", async () => {
  answers["api/v1/sites/shop/mine"] = [{ reference: "A", unread: 2 }, { reference: "B", unread: 1 }];
  start(page(() => Promise.resolve("fresh")));
  await settled();
  assert.deepEqual(asked, [["api/v1/sites/shop/mine", { identity: "fresh" }]]);
  assert.deepEqual(unseen, [3]);
});

test("a token for another site is not sent to this one, and what this device keeps is counted all the same", async () => {
  localStorage.setItem("signpost:shop", '{"requests":[{"token":"a"}]}');
  answers["api/v1/sites/shop/requests"] = [{ token: "a", reference: "A", replies: 3 }];
  start(page(`x.${btoa('{"aud":"other","email":"ada@example.org"}')}.x`));
  await settled();
  assert.deepEqual(asked.map(([url]) => url), ["api/v1/sites/shop/requests"]);
  assert.deepEqual(unseen, [3]);
});

test("of kept requests those that came since they were last looked at, and no request twice", async () => {
  localStorage.setItem("signpost:shop", '{"requests":[{"token":"a","seen":1},{"token":"b"},{"token":"c"}]}');
  answers["api/v1/sites/shop/requests"] = [{ token: "a", reference: "A", replies: 3 }, { token: "b", reference: "B", replies: 1 }];
  answers["api/v1/sites/shop/mine"] = [{ reference: "B", unread: 0 }];
  start(page("token"));
  await settled();
  assert.deepEqual(unseen, [2]);
});

test("what cannot be counted is not shown and disturbs nobody", async () => {
  start(page("token"));
  await settled();
  start(page(() => { throw new Error("signed out"); }));
  await settled();
  assert.deepEqual(unseen, []);
});
