import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { client } from "../../../widget/src/body/client.js";
import { take } from "../../../widget/src/body/from_loader.js";

let asked = [];
let answer = () => Promise.resolve({});
const core = { settings: { site: "a shop" }, lang: "en", configured: () => Promise.resolve({ form: "returns" }) };

beforeEach(() => {
  asked = [];
  answer = () => Promise.resolve({});
  core.lang = "en";
  take({
    request: (url, options) => { asked.push({ url, ...options }); return answer(); },
    siteUrl: (_, path, query) => `${path}?${new URLSearchParams(Object.entries(query || {}).filter(([, value]) => value))}`,
  });
});

// A search names the visit by a random id that only this page knows.
const withoutVisit = (url) => url.replace(/&visit=[a-z0-9]{8,}$/, "");

test("a search asks in the customer's language, and literally only when told to", () => {
  const api = client(core);
  api.search("a b", null, false);
  api.search("a b", null, true);
  assert.deepEqual(asked.map((one) => withoutVisit(one.url)), [
    "api/v1/search?q=a+b&lang=en&limit=10", "api/v1/search?q=a+b&lang=en&limit=10&as_typed=true",
  ]);
});

test("an article's name is encoded in its address", () => {
  client(core).article("zh-Hant", "a/b?c");
  assert.equal(asked[0].url, "api/v1/articles/zh-Hant/a%2Fb%3Fc?");
});

test("the form is asked for once in each language", async () => {
  const api = client(core);
  await api.form();
  await api.form();
  core.lang = "tr";
  await api.form();
  assert.deepEqual(asked.map((one) => one.url), ["api/v1/forms/returns?lang=en", "api/v1/forms/returns?lang=tr"]);
});

test("a form that did not come is asked for again", async () => {
  const api = client(core);
  answer = () => Promise.reject(new Error("down"));
  await assert.rejects(api.form());
  answer = () => Promise.resolve({ fields: [] });
  assert.deepEqual(await api.form(), { fields: [] });
});

test("nobody hears of a report or a thumb that did not arrive", async () => {
  const api = client(core);
  answer = () => Promise.reject(new Error("down"));
  api.report("opened", {});
  await api.feedback({ lang: "en", slug: "refund" }, true);
  assert.deepEqual(asked.map((one) => one.body), ['{"name":"opened","lang":"en","data":{}}', '{"lang":"en","slug":"refund","helpful":true}']);
});
