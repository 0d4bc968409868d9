import assert from "node:assert/strict";
import { test } from "node:test";

import { take } from "../../../widget/src/body/from_loader.js";
import { address, context, device } from "../../../widget/src/body/page.js";
import { give } from "../browser.mjs";

const PRIVATE = "https://shop.example/orders/7?token=secret#also-secret";

function page({ title = "Orders", headings = [], said = [] } = {}) {
  const nodes = {
    h1: headings.map(([textContent, shown]) => ({ textContent, getClientRects: () => (shown ? [{}] : []) })),
    "[data-signpost-context]": said.map((text) => ({ getAttribute: () => text })),
  };
  take({ doc: { title, querySelectorAll: (selector) => nodes[selector] } });
  give({ location: new URL(PRIVATE) });
}

test("the page's address goes along without its query and fragment", () => {
  page();
  assert.equal(address(), "https://shop.example/orders/7");
  assert.equal(context({}).url, "https://shop.example/orders/7");
});

test("a page without an origin has a path only", () => {
  give({ location: { origin: "null", pathname: "/orders/7" } });
  assert.equal(address(), "/orders/7");
});

test("the heading is the first that can be seen", () => {
  page({ headings: [["Hidden", false], ["  Your\norders ", true], ["Later", true]] });
  assert.equal(context({}).heading, "Your orders");
});

test("what the site says about the page comes from its settings and its attributes", () => {
  page({ said: ["returns", "guests"] });
  assert.equal(context({ context: "checkout" }).context, "checkout returns guests");
});

test("long titles and contexts are cut", () => {
  page({ title: "t".repeat(999), said: ["c".repeat(999)] });
  assert.equal(context({}).title.length, 200);
  assert.equal(context({}).context.length, 300);
});

test("a narrow window is a phone, a middling one a tablet if it is touched", () => {
  const at = (innerWidth, coarse) => {
    give({ screen: { width: 2000 }, innerWidth, matchMedia: () => ({ matches: coarse }) });
    return device();
  };
  assert.equal(at(375, true), "phone");
  assert.equal(at(800, true), "tablet");
  assert.equal(at(800, false), "desktop");
  assert.equal(at(1400, true), "desktop");
});
