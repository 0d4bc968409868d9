import assert from "node:assert/strict";
import { test } from "node:test";

import { fresh, give } from "../browser.mjs";

// Nodes that write themselves down.
give({
  document: {
    createDocumentFragment: () => ({ parts: [], append(part) { this.parts.push(part.textContent === undefined ? part : `[${part.textContent}]`); } }),
    createElement: () => ({ textContent: "" }),
  },
});
const { marked, shortened, shortest } = await fresh("combobox.js");
const shown = (passage, highlights) => marked(passage, highlights).parts.join("");

test("one Chinese, Japanese or Korean character is enough to ask, of others two", () => {
  for (const text of ["退", "か", "환"]) assert.equal(shortest(text), 1, text);
  for (const text of ["r", "ü", "1"]) assert.equal(shortest(text), 2, text);
});

test("what matched is marked, counted in characters as the server counts them", () => {
  assert.equal(shown("Your refund is due", [[5, 11]]), "Your [refund] is due");
  assert.equal(shown("😀😀 refund", [[3, 9]]), "😀😀 [refund]");
});

test("a long passage begins at a word shortly before the first match", () => {
  const text = `${"before ".repeat(30)}refund ${"after ".repeat(60)}`;
  const at = text.indexOf("refund");
  assert.match(shown(text, [[at, at + 6]]), /^… before (before )+\[refund\] after .* …$/);
});

test("text without spaces begins where it is cut", () => {
  const text = "文".repeat(200);
  assert.match(shown(text, [[150, 152]]), /^… 文{60}\[文文\]文+$/);
});

test("marks that overlap or lie beyond the end are left out", () => {
  assert.equal(shown("Your refund is due", [[5, 11], [6, 9]]), "Your [refund] is due");
  assert.equal(shown("a".repeat(300), [[0, 1], [250, 260]]), `[a]${"a".repeat(219)} …`);
});

test("cells of a table are told apart by a dot", () => {
  assert.equal(shown("Fee | 5 | days", []), "Fee · 5 · days");
});

test("a pasted log is shown by its beginning, whole words and whole characters", () => {
  assert.equal(shortened("how do I  return\nit"), "how do I return it");
  assert.equal(shortened("error ".repeat(80)), `${"error ".repeat(10).trim()}…`);
  assert.equal(shortened("x".repeat(500)), `${"x".repeat(60)}…`);
  assert.equal(shortened("退".repeat(61)), `${"退".repeat(60)}…`);
  assert.equal(shortened("😀".repeat(61)), `${"😀".repeat(60)}…`);
  assert.equal(shortened("x".repeat(60)), "x".repeat(60));
});
