import assert from "node:assert/strict";
import { test } from "node:test";

import { delay, holds, matches, valid } from "../../../widget/src/more/rules.js";

const CART = "https://shop.example/cart/42?token=secret#top";
const NEW = { count: 1, pages: ["https://shop.example/cart/42"], closed: [] };

test("a pattern is of the path, or of the address where it names a scheme", () => {
  for (const [pattern, there] of [
    ["/cart/42", true], ["/cart/42/", true], ["/cart/*", true], ["/cart*", true], ["*/42", true], ["*", true],
    ["/cart", false], ["/CART/42", false], ["cart", false], ["/cart/4", false], ["/c.rt/42", false], ["/cart/(42)", false],
    ["https://shop.example/cart/*", true], ["https://*.example/*", true], ["https://other.example/*", false], ["*token*", false], ["", false],
  ]) assert.equal(matches(pattern, CART), there, pattern);
  for (const wrong of [null, undefined, 7, {}]) assert.equal(matches(wrong, CART), false);
});

test("a pattern with many stars takes no time", () => {
  assert.equal(matches("*a".repeat(140), `https://shop.example/${"a".repeat(30)}`), false);
});

test("a message has a name to remember it by, and words", () => {
  const good = { id: "cart-help", text: "Questions?" };
  assert.deepEqual(valid([good, { id: "no words" }, { text: "no name" }, { id: "a b", text: "x" }, null, 7, { id: "two", text: { en: "x" } }]).map((one) => one.id), ["cart-help", "two"]);
  assert.deepEqual(valid(good), [good]);
  assert.deepEqual(valid(null), []);
});

test("a rule holds on its pages only, and not where it was taken out", () => {
  assert.equal(holds({ id: "a" }, CART, NEW), true);
  assert.equal(holds({ id: "a", page: ["/checkout", "/cart/*"] }, CART, NEW), true);
  assert.equal(holds({ id: "a", page: "/checkout" }, CART, NEW), false);
  assert.equal(holds({ id: "a", page: "/cart/*", not: "/cart/42" }, CART, NEW), false);
});

test("visits are counted, and a page may have had to be visited before", () => {
  assert.equal(holds({ id: "a", visited: 2 }, CART, NEW), false);
  assert.equal(holds({ id: "a", visited: 2 }, CART, { ...NEW, count: 2 }), true);
  assert.equal(holds({ id: "a", visited: "/cart/*" }, CART, NEW), true);
  assert.equal(holds({ id: "a", visited: [1, "/pricing"] }, CART, NEW), false);
});

test("what was closed once stays closed", () => {
  assert.equal(holds({ id: "a" }, CART, { ...NEW, closed: ["a"] }), false);
});

test("a message waits a moment at least and a day at most", () => {
  assert.deepEqual([delay({}), delay({ delay: 0 }), delay({ delay: 20 }), delay({ delay: "x" }), delay({ delay: 1e9 })], [5000, 1000, 20_000, 5000, 86_400_000]);
});
