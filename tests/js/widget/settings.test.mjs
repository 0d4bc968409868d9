import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { give } from "../browser.mjs";

give({ document: { baseURI: "https://shop.example/cart/" } });
const { channels, contactUrl, fromAttributes, hostOf, inLanguage, known, look, servedFrom, siteUrl } = await import(
  "../../../widget/src/loader/settings.js"
);

const page = (address) => give({ location: new URL(address), self: { origin: new URL(address).origin } });
const SHOP = "https://shop.example";

// FNV-1a of the texts below, by the server: app.widget.launcher_config.sign.
const SIGNS = { exact: 2251312283, below: 1749736853, anyPort: 1246291296, nameless: 990717102 };

beforeEach(() => servedFrom("https://help.example/centre/widget.js?v=1"));

test("the help centre is the folder its loader came from", () => {
  assert.equal(hostOf({}), "https://help.example/centre/");
  servedFrom("https://help.example/widget/0123abcd/loader.js");
  assert.equal(hostOf({}), "https://help.example/");
  servedFrom("https://help.example/widget.mjs");
  assert.equal(hostOf({}), "https://help.example/");
});

test("a host that is named comes before it, and may be relative to the page", () => {
  assert.equal(hostOf({ host: "https://other.example" }), "https://other.example/");
  assert.equal(hostOf({ host: "/help//" }), `${SHOP}/help/`);
});

test("nothing is known of the help centre where nothing says where it is", () => {
  servedFrom("");
  assert.equal(hostOf({}), "");
});

test("an address for the site carries its key and what is asked, encoded, without what is empty", () => {
  assert.equal(
    siteUrl({ site: "shop" }, "api/v1/search", { q: "a b&c", lang: "en", as_typed: "" }),
    "https://help.example/centre/api/v1/search?q=a%20b%26c&lang=en&site=shop",
  );
});

test("a script's attributes are settings where they are known by name", () => {
  const script = { localName: "script", dataset: { site: "shop", launcherText: "Ask", unknown: "x" } };
  assert.deepEqual(fromAttributes(script), { site: "shop", launcherText: "Ask" });
  assert.deepEqual(fromAttributes(null), {});
});

test("the element's attributes are written with hyphens", () => {
  const attributes = { site: "shop", "launcher-text": "Ask", "z-index": "7" };
  const node = { localName: "signpost-widget", dataset: {}, getAttribute: (name) => attributes[name] ?? null };
  assert.deepEqual(fromAttributes(node), { site: "shop", launcherText: "Ask", zIndex: "7" });
});

test("a page finds its site by the sign of its origin", () => {
  page("https://shop.example/cart");
  const site = { at: [SIGNS.exact] };
  assert.equal(known([{ at: [1] }, site], "shop"), site);
  assert.equal(known([site], "other"), null);
  assert.equal(known(undefined, "shop"), null);
  page("http://shop.example/cart");
  assert.equal(known([site], "shop"), null, "another scheme is another origin");
  page("https://shop.example:8443/cart");
  assert.equal(known([site], "shop"), null, "another port is another origin");
});

test("a page finds its site by the sign of a domain it is below", () => {
  const site = { at: [SIGNS.below] };
  page("https://eu.shop.example/");
  assert.equal(known([site], "shop"), site);
  page("https://very.eu.shop.example/");
  assert.equal(known([site], "shop"), site);
  page("https://shop.example/");
  assert.equal(known([site], "shop"), null, "the domain itself is listed by itself");
});

test("a page finds its site where any port is allowed", () => {
  page("https://shop.example:8443/");
  const site = { at: [SIGNS.anyPort] };
  assert.equal(known([site], "shop"), site);
});

test("a page without an origin is known as such, whatever its address", () => {
  give({ location: new URL("https://shop.example/"), self: { origin: "null" } });
  const site = { at: [SIGNS.nameless] };
  assert.equal(known([site], "shop"), site);
  assert.equal(known([{ at: [SIGNS.exact] }], "shop"), null);
});

test("what the page says of the looks comes before what the site says", () => {
  const config = { theme: { mode: "dark", accent: "#111111", z_index: 5, launcher_text: { en: "Help", tr: "Yardım" } } };
  const said = look({ settings: { mode: "light", theme: { accent: "#222222" } }, config, known: null, lang: "tr" });
  assert.equal(said.mode, "light");
  assert.equal(said.accent, "#222222");
  assert.equal(said.zIndex, 5);
  assert.equal(said.text, "Yardım");
  assert.equal(said.icon, "question");
  assert.equal(said.hidden, false);
});

test("an offset is one number for both edges or two, and what is no number is 20", () => {
  const offset = (value) => {
    const { block, inline } = look({ settings: { offset: value }, config: null, known: null, lang: "en" });
    return [block, inline];
  };
  assert.deepEqual(offset(0), [0, 0]);
  assert.deepEqual(offset("8"), [8, 8]);
  assert.deepEqual(offset("8, 30"), [8, 30]);
  assert.deepEqual(offset("wide"), [20, 20]);
  assert.deepEqual(offset(undefined), [20, 20]);
});

test("a launcher that is not wanted is hidden", () => {
  for (const launcher of ["none", false]) assert.equal(look({ settings: { launcher }, lang: "en" }).hidden, true);
});

test("the ways to a person are the site's, and what the page names besides, each once", () => {
  const config = { channels: [{ kind: "form" }, { kind: "email", value: "a@shop.example", href: "mailto:a@shop.example" }] };
  const settings = { email: "a@shop.example", phone: "+1 (555) 01-23" };
  assert.deepEqual(channels({ settings, config }), [
    { kind: "email", value: "a@shop.example", href: "mailto:a@shop.example" },
    { kind: "phone", value: "+1 (555) 01-23", href: "tel:+15550123" },
  ]);
});

test("a contact page is only ever an address one can follow", () => {
  assert.equal(contactUrl({ settings: { contactUrl: "https://shop.example/contact" } }), "https://shop.example/contact");
  assert.equal(contactUrl({ settings: { contactUrl: "/contact" } }), "/contact");
  assert.equal(contactUrl({ settings: { contactUrl: "javascript:alert(1)" } }), "");
  assert.equal(contactUrl({ settings: {}, known: { contact: { en: "en/contact" } }, lang: "en" }), "https://help.example/centre/en/contact");
});

test("a text without the reader's language is said in the first it has", () => {
  assert.equal(inLanguage({ tr: "Yardım", en: "Help" }, "fi"), "Yardım");
  assert.equal(inLanguage("Help", "fi"), "Help");
});
