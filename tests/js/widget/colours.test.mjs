import assert from "node:assert/strict";
import { test } from "node:test";

import { accents, contrast, rgb } from "../../../widget/src/loader/colours.js";

const numbers = (css) => css.match(/\d+/g).map(Number);
const SITES = [[255, 255, 0], [12, 90, 82], [0, 0, 0], [255, 255, 255], [255, 105, 180], [90, 90, 90]];

test("contrast is that of WCAG", () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
  assert.equal(contrast([255, 255, 255], [0, 0, 0]), 21);
  assert.equal(contrast([119, 119, 119], [255, 255, 255]).toFixed(2), "4.48");
});

test("a colour in hexadecimal digits is read without asking the browser", () => {
  assert.deepEqual(rgb("#0c5a52"), [12, 90, 82]);
  assert.deepEqual(rgb(" #FA0 "), [255, 170, 0]);
  assert.equal(rgb(""), null);
});

test("links keep a contrast of 4.5 to the panel whatever the site's colour", () => {
  for (const colour of SITES) {
    assert.ok(contrast(numbers(accents(colour, false).link), [255, 255, 255]) >= 4.5, `${colour} in light`);
    assert.ok(contrast(numbers(accents(colour, true).link), [21, 32, 29]) >= 4.5, `${colour} in dark`);
  }
});

test("text on the site's colour is light or dark, whichever can be read", () => {
  for (const colour of SITES) {
    for (const dark of [false, true]) {
      const { fill, on } = accents(colour, dark);
      const text = on === "#fff" ? [255, 255, 255] : rgb(on);
      assert.ok(contrast(numbers(fill), text) >= 4.5, `${colour}, dark: ${dark}`);
    }
  }
});

test("a colour that can be read already stays as it is", () => {
  assert.equal(accents([12, 90, 82], false).link, "rgb(12 90 82)");
});
