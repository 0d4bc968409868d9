import assert from "node:assert/strict";
import { test } from "node:test";

import { give } from "../browser.mjs";

give({ FIRST_WORDS: [["launcher", "close"], { en: ["Help", "Close"], tr: ["Yardım", "Kapat"] }] });
const { direction, firstWords, nearest } = await import("../../../widget/src/loader/words.js");

const OFFERED = ["en", "tr", "zh-Hant", "zh-Hans"];

test("the first words are there in the languages that come along, and in English for others", () => {
  assert.deepEqual(firstWords("tr"), { launcher: "Yardım", close: "Kapat" });
  assert.deepEqual(firstWords("fi"), { launcher: "Help", close: "Close" });
});

test("a page's language finds the nearest that is offered", () => {
  assert.equal(nearest(["tr-TR"], OFFERED), "tr");
  assert.equal(nearest(["EN_GB", "en-gb"], OFFERED), "en");
  assert.equal(nearest(["fi", undefined, "tr"], OFFERED), "tr");
  assert.equal(nearest(["fi"], OFFERED), "");
});

test("a reader of Chinese gets the script of their region", () => {
  assert.equal(nearest(["zh-TW"], OFFERED), "zh-Hant");
  assert.equal(nearest(["zh-HK"], OFFERED), "zh-Hant");
  assert.equal(nearest(["zh"], OFFERED), "zh-Hans");
  assert.equal(nearest(["zh-Hant-HK"], OFFERED), "zh-Hant");
});

test("an offered region serves who asks for the language only", () => {
  assert.equal(nearest(["pt"], ["en", "pt-BR"]), "pt-BR");
});

test("text runs from right to left in languages that do, unless their words say otherwise", () => {
  assert.equal(direction("ar-EG", {}), "rtl");
  assert.equal(direction("he", {}), "rtl");
  assert.equal(direction("arn", {}), "ltr");
  assert.equal(direction("en", {}), "ltr");
  assert.equal(direction("xx", { _dir: "rtl" }), "rtl");
});
