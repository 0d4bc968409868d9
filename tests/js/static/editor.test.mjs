// The copy of what is not saved, on the device.
import assert from "node:assert/strict";
import { test } from "node:test";
import { copyStore, differs, patch, pauseFor, reachable, saves } from "../../../app/static/editor.js";

function storage() {
  const kept = new Map();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };
}

test("a copy is kept by article and account, for a while", () => {
  const place = storage();
  let now = 1000;
  const mine = copyStore("ada:a.md", { storage: place, now: () => now });
  assert.equal(mine.write("v1", { body: "typed" }), true);
  assert.equal(mine.read().values.body, "typed");
  assert.equal(copyStore("bo:a.md", { storage: place }).read(), null);
  now += 31 * 24 * 60 * 60 * 1000;
  assert.equal(mine.read(), null);
  mine.forget();
  assert.equal(place.getItem("signpost:article:ada:a.md"), null);
});

test("what two pages of one article keep is put back one after the other", () => {
  const place = storage();
  let now = 1;
  const page = (tab) => copyStore("a", { storage: place, now: () => now++, tab });
  const [left, right] = [page("left"), page("right")];
  left.write("v1", { body: "of the left" });
  right.write("v1", { body: "of the right" });
  left.write("v1", { body: "of the left, and more" });
  right.write("v1", { body: "of the right, at last" });
  const later = page("later");
  assert.equal(later.read().values.body, "of the right, at last");
  later.write("v1", { body: "of the right, gone on with" });
  later.forget();
  const last = page("last");
  assert.equal(last.read().values.body, "of the left, and more");
  left.write("v1", { body: "typed on" }); // It was open all the while.
  last.write("v1", { body: "another way" });
  last.forget();
  assert.equal(page("end").read().values.body, "typed on");
  page("end").write("v1", { body: "typed on" }, true);
  assert.equal(page("done").read().sent, true);
});

test("what something else wrote, and a full or forbidden storage, do no harm", () => {
  const place = storage();
  place.setItem("signpost:article:a", "{not json");
  assert.equal(copyStore("a", { storage: place }).read(), null);
  place.setItem("signpost:article:a", "null");
  assert.equal(copyStore("a", { storage: place }).read(), null);
  const full = { getItem() { throw new Error(); }, setItem() { throw new Error(); }, removeItem() { throw new Error(); } };
  const store = copyStore("a", { storage: full });
  assert.equal(store.read(), null);
  assert.equal(store.write("v", {}), false);
  store.forget();
});

test("a reason or a weight alone is nothing to put back", () => {
  assert.equal(differs({ body: "a", reason: "why", weight: "minor" }, { body: "a", reason: "" }), false);
  assert.equal(differs({ body: "b" }, { body: "a" }), true);
});

test("the pause before a preview leaves time to make it", () => {
  assert.equal(pauseFor(0), 80);
  assert.equal(pauseFor(120), 120);
  for (const took of [80, 120, 150, 180, 220]) assert.ok(pauseFor(took) + took <= 300, String(took));
  assert.equal(pauseFor(900), 80);
});

// The little of a document that `patch` asks for; what was put in and taken out is counted.
const HTML = "http://www.w3.org/1999/xhtml";
const moved = { in: 0, out: 0 };
class Text {
  nodeType = 3;
  nodeName = "#text";
  constructor(data) { this.data = data; }
  get shown() { return this.data; }
  isEqualNode(other) { return this.nodeName === other.nodeName && this.shown === other.shown; }
  remove() { this.parent.childNodes.splice(this.parent.childNodes.indexOf(this), 1); moved.out += 1; }
}
class Element extends Text {
  nodeType = 1;
  constructor(name, of, children, namespace = HTML) {
    super("");
    Object.assign(this, { nodeName: name, of: { ...of }, childNodes: [], namespaceURI: namespace });
    this.append(...children);
  }
  get attributes() { return Object.entries(this.of).map(([name, value]) => ({ name, value })); }
  get shown() { return `<${this.nodeName} ${JSON.stringify(this.of)}>${this.childNodes.map((one) => one.shown).join("")}</>`; }
  hasAttribute(name) { return name in this.of; }
  getAttribute(name) { return this.of[name] ?? null; }
  setAttribute(name, value) { this.of[name] = value; }
  removeAttribute(name) { delete this.of[name]; }
  append(...nodes) { for (const one of nodes) { one.parent = this; this.childNodes.push(one); } }
  insertBefore(fragment, before) {
    const at = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    for (const one of fragment.childNodes) { one.parent = this; moved.in += 1; }
    this.childNodes.splice(at, 0, ...fragment.childNodes);
  }
}
const p = (text, of = {}) => new Element("P", of, [new Text(text)]);
const div = (...children) => new Element("DIV", {}, children);

test("a preview is changed where its text changed, and nowhere else", () => {
  globalThis.Node = { TEXT_NODE: 3 };
  globalThis.document = { createDocumentFragment: () => new Element("", {}, []) };
  const place = div(p("One."), p("Two.", { id: "two" }), new Element("DETAILS", { open: "" }, [p("Three.")]), p("Four."));
  const before = [...place.childNodes];
  const turn = (...children) => {
    Object.assign(moved, { in: 0, out: 0 });
    const made = div(...children);
    const wanted = made.shown;
    patch(place, made);
    return [wanted.replaceAll('{"open":""}', "{}"), place.shown.replaceAll('{"open":""}', "{}"), moved.in, moved.out];
  };
  const closed = (text) => new Element("DETAILS", {}, [p(text)]);
  const check = ([wanted, shown, come, gone], put, taken) => { assert.equal(shown, wanted); assert.deepEqual([come, gone], [put, taken]); };

  // A word, an attribute: not one element is put in or taken out, and what a reader opened stays open.
  check(turn(p("One."), p("Two and a half.", { class: "x" }), closed("3."), p("Four.")), 0, 0);
  assert.deepEqual(place.childNodes, before);
  assert.equal(place.childNodes[2].hasAttribute("open"), true);
  // A new paragraph, one that went, another kind of element, a formula.
  check(turn(p("One."), p("New."), p("Two and a half.", { class: "x" }), closed("3."), p("Four.")), 2, 1);
  check(turn(p("One."), p("New."), p("Four.")), 0, 2);
  check(turn(p("One."), new Element("H2", {}, [new Text("New.")]), p("Four.")), 1, 1);
  const formula = (text) => new Element("math", {}, [new Text(text)], "http://www.w3.org/1998/Math/MathML");
  check(turn(p("One."), formula("x"), p("Four.")), 1, 1);
  check(turn(p("One."), formula("y"), p("Four.")), 1, 1);
  check(turn(), 0, 3);
  check(turn(p("One.")), 1, 0);
});

test("a form is sent only where somebody answers, whatever the answer is about", async () => {
  const says = (status) => async () => ({ status });
  assert.equal(await reachable("/healthz", { ask: says(200) }), true);
  assert.equal(await reachable("/healthz", { ask: says(401) }), true);
  assert.equal(await reachable("/healthz", { ask: says(502) }), false);
  assert.equal(await reachable("/healthz", { ask: async () => { throw new TypeError("offline"); } }), false);
});

test("Ctrl+S and Cmd+S save, also where the layout writes another letter on the key", () => {
  const key = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, key: "s", code: "KeyS" };
  assert.equal(saves({ ...key, ctrlKey: true }), true);
  assert.equal(saves({ ...key, metaKey: true, key: "S" }), true);
  assert.equal(saves({ ...key, ctrlKey: true, key: "\u05d3" }), true);
  assert.equal(saves({ ...key, ctrlKey: true, key: "o" }), false);
  assert.equal(saves(key), false);
  assert.equal(saves({ ...key, ctrlKey: true, shiftKey: true }), false);
});

test("fields of the header are kept, too", () => {
  assert.equal(differs({ slug: "b" }, { slug: "a" }), true);
});
