import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { journey } from "../../../widget/src/body/journey.js";
import { give } from "../browser.mjs";

const article = (slug, lang = "en") => ({ slug, lang, title: `About ${slug}` });
let trip = null;

beforeEach(() => {
  give({ location: new URL("https://shop.example/cart?secret"), screen: { width: 2000 }, innerWidth: 1400 });
  trip = journey({ lang: "en" });
});

test("typing on is the same question", () => {
  for (const text of ["ref", "refund", "refund ti", "refund"]) trip.asked(text, "suggest");
  trip.asked("invoice", "answer");
  assert.deepEqual(trip.data("help").queries.map((one) => one.text), ["refund", "invoice"]);
  assert.equal(trip.last(), "invoice");
});

test("what was shown, opened, read and judged of an article is one entry", () => {
  trip.shown([article("refund")]);
  trip.opened(article("refund"));
  trip.read(article("refund"), 10.4);
  trip.read(article("refund"), 5);
  trip.rejected(article("refund"), "outdated");
  assert.deepEqual(trip.data("help").suggestions, [
    { slug: "refund", lang: "en", title: "About refund", opened: true, seconds_read: 15, rejected: "outdated" },
  ]);
});

test("the same article in another language is another entry", () => {
  trip.opened(article("refund", "en"));
  trip.opened(article("refund", "tr"));
  assert.equal(trip.data("help").suggestions.length, 2);
});

test("what was opened outlasts what was only shown", () => {
  trip.opened(article("opened"));
  for (let number = 0; number < 31; number += 1) trip.shown([article(`shown-${number}`)]);
  const slugs = trip.data("help").suggestions.map((one) => one.slug);
  assert.ok(slugs.includes("opened"));
  assert.ok(slugs.length <= 30);
});

test("what the customer takes out is not sent, and nothing else is lost", () => {
  trip.asked("refund", "suggest");
  trip.asked("invoice", "answer");
  trip.opened(article("refund"));
  for (const name of ["query:refund", "article:en/refund", "page", "device"]) trip.leave(name, true);
  const data = trip.data("help");
  assert.deepEqual(data.queries.map((one) => one.text), ["invoice"]);
  assert.deepEqual(data.suggestions, []);
  assert.equal(data.page, undefined);
  assert.equal(data.device, undefined);
});

test("the customer is shown a part for everything that would be sent", () => {
  trip.asked("refund", "suggest");
  trip.rejected(article("refund"), "outdated");
  trip.opened(article("invoice"));
  trip.shown([article("delivery")]);
  const parts = trip.parts((key, values) => [key, ...Object.values(values || {})].join(" "));
  assert.deepEqual(parts, [
    ["query:refund", "went_searched refund"],
    ["article:en/refund", "went_rejected About refund"],
    ["article:en/invoice", "went_read About invoice"],
    ["article:en/delivery", "went_shown About delivery"],
    ["page", "went_page https://shop.example/cart"],
    ["device", "went_device"],
  ]);
});

test("the journey ends with its page", () => {
  trip.asked("refund", "suggest");
  trip.opened(article("refund"));
  trip.clear();
  assert.deepEqual(trip.data("help").queries, []);
  assert.deepEqual(trip.data("help").suggestions, []);
});
