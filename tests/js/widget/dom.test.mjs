// What stands in a page where a condition does not hold: nothing, also not the 0 of `list.length && …`.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import test from "node:test";
import { give } from "../browser.mjs";

class Element {
  constructor(name) {
    this.name = name;
    this.children = [];
  }

  append(...children) { this.children.push(...children); }

  setAttribute() {}
}
give({ document: { createElement: (name) => new Element(name) } });
const { add, h } = await import("../../../widget/src/loader/dom.js");

test("a condition that does not hold leaves nothing, whatever it is", () => {
  const none = [0, -0, Number.NaN, 0n, "", null, undefined, false, [], [0, [null]]];
  assert.deepEqual(h("p", {}, ...none).children, []);
  assert.deepEqual(add(new Element("p"), none).children, []);
});

test("what holds stays, in order", () => {
  const bold = h("b", {}, "0");
  assert.deepEqual(bold.children, ["0"]);
  assert.deepEqual(h("p", {}, "a", [bold, 0, ["c"]], " ").children, ["a", bold, "c", " "]);
});

// The browser's own calls write 0, null and undefined as words.
const NATIVE = /\.(?:append|prepend|replaceChildren|replaceWith|before|after)\(/g;
const ROOT = new URL("../../../", import.meta.url);

// The arguments of the call that begins before `at`, without what stands in brackets.
function plain(text, at) {
  let depth = 1;
  let found = "";
  for (let i = at; i < text.length && depth; i += 1) {
    if ("([{".includes(text[i])) depth += 1;
    else if (")]}".includes(text[i])) depth -= 1;
    else if (depth === 1) found += text[i];
  }
  return found;
}

function wrong(text) {
  return [...text.matchAll(NATIVE)].map((call) => plain(text, call.index + call[0].length)).filter((given) => /&&|\bnull\b|\bundefined\b/.test(given));
}

test("no call of the browser's own is given a condition", async () => {
  assert.deepEqual([wrong("a.append(x.length && h(b, c));").length, wrong("a.append(h(x && y), z || w);").length], [1, 0]);
  const bad = [];
  let read = 0;
  for (const folder of ["widget/src/", "widget/editor/", "app/static/"]) {
    for (const name of await readdir(new URL(folder, ROOT), { recursive: true })) {
      if (!name.endsWith(".js") || name.includes("vendor")) continue;
      read += 1;
      bad.push(...wrong(await readFile(new URL(folder + name, ROOT), "utf8")).map((given) => `${folder}${name}: ${given}`));
    }
  }
  assert.deepEqual(bad, []);
  assert.ok(read > 50);
});
