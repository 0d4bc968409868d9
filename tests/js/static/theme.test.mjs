import assert from "node:assert/strict";
import { test } from "node:test";

import { fresh, give, storage } from "../browser.mjs";

// The document's element after the script has run.
async function painted(window) {
  const documentElement = { dataset: {}, classList: new Set() };
  give({ window, document: { documentElement } });
  await fresh("theme.js");
  return documentElement;
}

function choosing(theme) {
  const localStorage = storage();
  localStorage.setItem("signpost:theme", theme);
  return { localStorage };
}

test("the colours chosen on this device are set before the first paint", async () => {
  assert.equal((await painted(choosing("dark"))).dataset.theme, "dark");
  assert.equal((await painted(choosing("light"))).dataset.theme, "light");
});

test("what is no theme is ignored", async () => {
  assert.equal((await painted(choosing("auto"))).dataset.theme, undefined);
});

test("where storage is forbidden the page still knows that it has JavaScript", async () => {
  const element = await painted({ get localStorage() { throw new Error("SecurityError"); } });
  assert.equal(element.dataset.theme, undefined);
  assert.ok(element.classList.has("js"));
});
