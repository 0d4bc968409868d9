import assert from "node:assert/strict";
import { test } from "node:test";

import { exchange } from "../../../widget/src/loader/events.js";
import { settled } from "../browser.mjs";

test("listeners hear their own event, and `*` hears all", () => {
  const { on, emit } = exchange();
  const heard = [];
  on("open", ({ view }) => heard.push(`open ${view}`));
  on("*", ({ type }) => heard.push(`* ${type}`));
  emit("open", { view: "home" });
  emit("close", {});
  assert.deepEqual(heard, ["open home", "* open", "* close"]);
});

test("an event cannot be changed by who hears it first", () => {
  const { on, emit } = exchange();
  let second = null;
  on("open", (event) => { assert.throws(() => { event.view = "changed"; }, TypeError); });
  on("open", (event) => { second = event.view; });
  emit("open", { view: "home" });
  assert.equal(second, "home");
});

test("who listens for ready when it is over is told all the same", async () => {
  const { on, emit } = exchange();
  emit("ready", { site: "demo" });
  let heard = null;
  on("ready", (event) => { heard = event.site; });
  assert.equal(heard, null, "not before the caller has its function to stop listening");
  await settled();
  assert.equal(heard, "demo");
});

test("a listener hears nothing more once it is off, by its function, its name or everybody's", () => {
  const { on, off, emit } = exchange();
  const heard = [];
  const stop = on("open", () => heard.push("first"));
  on("open", () => heard.push("second"));
  on("close", () => heard.push("third"));
  stop();
  emit("open");
  off("open");
  emit("open");
  off();
  emit("close");
  assert.deepEqual(heard, ["second"]);
});

test("something that is no function is refused with a sentence", () => {
  assert.throws(() => exchange().on("open", "not a function"), /needs a function/);
});
