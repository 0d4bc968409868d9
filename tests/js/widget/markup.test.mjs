import assert from "node:assert/strict";
import { test } from "node:test";

import { take } from "../../../widget/src/body/from_loader.js";
import { nodes, safeUrl } from "../../../widget/src/body/markup.js";

const BASE = "https://help.example/en/a/refund";

// Elements that write themselves down: what would stand in the document, with every attribute and every text.
class Node {
  constructor(name, props = {}) {
    this.localName = name;
    this.attributes = {};
    this.children = [];
    for (const [key, value] of Object.entries(props)) this.setAttribute(key, value);
  }
  setAttribute(key, value) {
    this.attributes[key] = String(value);
  }
  append(...children) {
    this.children.push(...children);
  }
  querySelectorAll() {
    return [];
  }
  get written() {
    const inside = this.children.map((one) => one.written ?? one.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)).join("");
    const given = Object.entries(this.attributes).map(([key, value]) => ` ${key}="${value}"`).join("");
    return `<${this.localName}${given}>${inside}</${this.localName}>`;
  }
}

const h = (name, props, ...children) => { const node = new Node(name, props); node.append(...children); return node; };
take({ h, out: (href, className, ...children) => h("a", { href, class: className, target: "_blank", rel: "noopener" }, ...children) });

const shown = (html) => nodes(html, BASE, (kind) => `no ${kind}`).children.map((one) => one.written ?? one).join("");

test("steps keep their numbers where one before them is left out", () => {
  const steps = '<ol start="2"><li>Two.</li><li value="4">Four.</li></ol>';
  assert.equal(shown(steps), steps);
});

test("an article's own elements and texts stay as they are", () => {
  assert.equal(shown('<h2 id="how">How</h2><p>One <em>two</em>.</p>'), '<h2 id="how">How</h2><p>One <em>two</em>.</p>');
});

test("scripts, styles and drawings are left out with everything in them", () => {
  assert.equal(shown("a<script>alert(1)</script><style>p{}</style><svg><p>x</p></svg><template><b>y</b></template>z"), "az");
});

test("an element that is on no list is left out, and its text is kept", () => {
  assert.equal(shown("<form><button>Send</button></form>"), "Send");
});

test("attributes that could run something or change the looks are left out", () => {
  assert.equal(shown('<p onclick="alert(1)" style="color:red" class="hint" CONTENTEDITABLE>x</p>'), '<p class="hint">x</p>');
});

test("a link keeps an address one can follow, and no other", () => {
  const href = (text) => nodes(`<a href="${text}">x</a>`, BASE, String).children[0].attributes.href;
  assert.equal(href("invoice"), "https://help.example/en/a/invoice");
  assert.equal(href("#how"), "#how");
  assert.equal(href("mailto:a@b.example"), "mailto:a@b.example");
  assert.equal(href("javascript:alert(1)"), undefined);
  assert.equal(href("java&#115;cript:alert(1)"), undefined, "hidden by a character reference");
  assert.equal(href(" JaVaScRiPt:alert(1)"), undefined);
  assert.equal(href("data:text/html,x"), undefined);
});

test("an address is what the browser makes of it, or nothing", () => {
  assert.equal(safeUrl("../b?x=1", BASE), "https://help.example/en/b?x=1");
  assert.equal(safeUrl("tel:+1555", BASE), "tel:+1555");
  assert.equal(safeUrl("https://[", BASE), "");
  assert.equal(safeUrl("ftp://a.example/b", BASE), "");
});

test("character references become the characters they stand for", () => {
  assert.equal(nodes("<p>&lt;b&gt; &amp;amp; &#252;&#x1F600; &nbsp; &unknown; &#0;</p>", BASE, String).children[0].children[0], "<b> &amp; ü😀 \u00a0 &unknown; ");
});

test("a picture is asked for late, without telling whose page it is on", () => {
  const [picture] = nodes('<img src="../p.png" alt="A box" onerror="alert(1)">', BASE, String).children;
  assert.deepEqual(picture.attributes, { alt: "A box" });
  assert.equal(picture.src, "https://help.example/en/p.png");
  assert.equal(picture.referrerPolicy, "no-referrer");
  assert.equal(picture.loading, "lazy");
});

test("a film is a link to the article, and what was in it is left out", () => {
  const written = shown('<video controls><source src="a.mp4">Your browser is old.</video><p>after</p>');
  assert.match(written, /^<a href="https:\/\/help\.example\/en\/a\/refund"[^>]*>no video<\/a><p>after<\/p>$/);
});

test("a tick box of a list can be seen and not changed", () => {
  assert.match(shown('<li><input type="checkbox" checked disabled> done</li>'), /^<li><span class="tick" role="img" aria-label="✓">☑<\/span> done<\/li>$/);
});

test("elements that are never closed, or closed twice, lose no text", () => {
  assert.equal(shown("<ul><li>one<li>two</ul></p>three"), "<ul><li>one<li>two</li></li></ul>three");
  assert.equal(shown("1 < 2 <!-- no --> and <p>3"), "1 < 2  and <p>3</p>");
});
