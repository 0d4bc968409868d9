import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fresh, give, storage } from "../browser.mjs";

let module = null;
beforeEach(async () => {
  give({ window: { sessionStorage: storage() } });
  module = await fresh("draft.js");
});

const field = (name, value = "", more = {}) => ({ name, type: "text", value, defaultValue: value, closest: () => null, ...more });
const radio = (name, value, checked) => ({ name, type: "radio", value, checked, defaultChecked: checked, closest: () => null });
const select = (name, values) => {
  const options = values.map((value) => ({ value, selected: false, defaultSelected: false }));
  return {
    name, type: "select-one", options, closest: () => null,
    get value() { return (options.find((one) => one.selected) || options[0]).value; },
    set value(chosen) { for (const one of options) one.selected = one.value === chosen; },
  };
};

// A form that can be typed into.
function made(...elements) {
  const listeners = [];
  return {
    elements,
    addEventListener: (_name, listener) => { listeners.push(listener); },
    type(name, value) {
      elements.find((one) => one.name === name).value = value;
      for (const listener of new Set(listeners)) listener();
    },
  };
}

test("what was typed stands in the same form when it is opened again", () => {
  const { draftStore, keepDraft } = module;
  const first = made(field("message"), field("email"));
  const states = [];
  keepDraft(first, draftStore("k"), { changed: (kept) => states.push(kept) });
  first.type("message", "It is silent.");
  const again = made(field("message"), field("email"));
  keepDraft(again, draftStore("k"));
  assert.deepEqual(again.elements.map((one) => one.value), ["It is silent.", ""]);
  assert.deepEqual(states, [false, true]);
});

test("a question that was carried over is kept only once it was changed, and never writes over what was typed", () => {
  const { draftStore, keepDraft } = module;
  keepDraft(made(field("message", "first question")), draftStore("k"));
  const next = made(field("message", "second question"));
  keepDraft(next, draftStore("k"));
  assert.equal(next.elements[0].value, "second question");
  next.type("message", "my own words");
  const last = made(field("message", "third question"));
  keepDraft(last, draftStore("k"));
  assert.equal(last.elements[0].value, "my own words");
});

test("a field the browser itself has filled again is left alone", () => {
  const { draftStore, keepDraft } = module;
  draftStore("k").write({ message: "older" });
  const form = made(field("message", "newer", { defaultValue: "" }));
  keepDraft(form, draftStore("k"));
  assert.equal(form.elements[0].value, "newer");
  assert.deepEqual(draftStore("k").read(), { message: "newer" });
});

test("a form that comes back with what was sent is kept as it is", () => {
  const { draftStore, keepDraft } = module;
  draftStore("k").write({ message: "older" });
  const form = made(field("message", "sent and refused"), field("name"));
  keepDraft(form, draftStore("k"), { posted: true });
  assert.equal(form.elements[0].value, "sent and refused");
  assert.deepEqual(draftStore("k").read(), { message: "sent and refused" });
});

test("passwords, files, hidden fields, consents and what is marked are never kept", () => {
  const { typed } = module;
  const changed = { defaultValue: "" };
  const found = typed([
    field("a", "x", { ...changed, type: "password" }), field("b", "x", { ...changed, type: "file" }), field("c", "x", { ...changed, type: "hidden" }),
    field("d", "yes", { ...changed, type: "checkbox", checked: true }), field("website", "x", { ...changed, closest: () => ({}) }), field("e", "x", changed),
  ]);
  assert.deepEqual(found, { e: "x" });
});

test("radio buttons and selects are kept, and a choice that is not offered any more is not made", () => {
  const { draftStore, keepDraft } = module;
  const ways = () => [radio("way", "email", true), radio("way", "phone", false)];
  const form = made(...ways(), select("topic", ["", "repair"]));
  keepDraft(form, draftStore("k"));
  form.elements[0].checked = false;
  form.elements[1].checked = true;
  form.type("topic", "repair");
  const again = made(...ways(), select("topic", ["", "repair"]));
  keepDraft(again, draftStore("k"));
  assert.deepEqual([again.elements[1].checked, again.elements[2].value], [true, "repair"]);
  const changed = made(...ways(), select("topic", ["", "other"]));
  keepDraft(changed, draftStore("k"));
  assert.equal(changed.elements[2].value, "");
});

test("fields of another form outlast this one", () => {
  const { draftStore, keepDraft } = module;
  draftStore("k").write({ "fields.receipt": "R-1", message: "x" });
  const form = made(field("message"));
  keepDraft(form, draftStore("k"));
  form.type("message", "y");
  assert.deepEqual(draftStore("k").read(), { "fields.receipt": "R-1", message: "y" });
});

test("clearing empties the form and forgets; it can be undone", () => {
  const { draftStore, keepDraft } = module;
  const form = made(field("message"));
  const draft = keepDraft(form, draftStore("k"));
  form.type("message", "It is silent.");
  const undo = draft.clear();
  assert.equal(form.elements[0].value, "");
  assert.equal(window.sessionStorage.getItem("k"), null);
  undo();
  assert.equal(form.elements[0].value, "It is silent.");
  assert.deepEqual(draftStore("k").read(), { message: "It is silent." });
});

test("a draft lasts a day, and not for somebody else", () => {
  const { draftStore } = module;
  let time = 1_000_000;
  const now = () => time;
  draftStore("k", { who: "ada@example.org", now }).write({ message: "x" });
  assert.deepEqual(draftStore("k", { who: "eve@example.org", now }).read(), {});
  assert.equal(window.sessionStorage.getItem("k"), null);
  draftStore("k", { now }).write({ message: "x" });
  time += 24 * 60 * 60 * 1000;
  assert.deepEqual(draftStore("k", { now }).read(), {});
});

test("what somebody else wrote in our place is ignored, and everything works where storage is forbidden", () => {
  const { draftStore, keepDraft } = module;
  for (const text of ["no JSON", "{}", "null", "[7]", '{"at": 1, "values": {"message": 7}}']) {
    window.sessionStorage.setItem("k", text);
    assert.deepEqual(draftStore("k").read(), {}, text);
  }
  give({ window: { get sessionStorage() { throw new Error("SecurityError"); } } });
  const form = made(field("message"));
  const draft = keepDraft(form, draftStore("k"));
  form.type("message", "x");
  assert.equal(draft.kept, false);
  draft.clear();
});
