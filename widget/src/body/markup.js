// An article's HTML as nodes, without any of the browser's own ways to turn text into markup: those are what Trusted
// Types forbids. The server has sanitised it; what is not on these lists is left out here all the same.
import { h, out } from "./from_loader.js";

const TAGS = new Set("a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr".split(" "));
const EMPTY_TAGS = new Set("br col hr img wbr".split(" "));
const GONE = new Set("script style template svg math object noscript title".split(" "));
const ATTRIBUTES = new Set("id class lang dir title alt width height start value type align colspan rowspan scope open datetime".split(" "));
// All that the server writes by name; the rest it writes as it is.
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
const PART = /<!--[\s\S]*?-->|<(\/?)([a-z][a-z0-9-]*)((?:\s+[^\s=>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+))?)*)\s*\/?>|[^<]+|</gi;
const ATTRIBUTE = /([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/g;

function plain(text) {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal, hex, name) => {
    if (name) return NAMED[name] || all;
    const code = decimal ? +decimal : parseInt(hex, 16);
    return code > 0 && code < 0x110000 ? String.fromCodePoint(code) : "";
  });
}

// Only addresses a customer can follow; relative ones belong to the article's page.
export function safeUrl(text, base) {
  try {
    const url = new URL(text, base);
    return /^(https?|mailto|tel|sms):$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

// `base` is the article's own address; `say(kind)` names what cannot be shown here ("video", "image").
export function nodes(html, base, say) {
  const top = h("div", { class: "prose" });
  const open = [top];
  let skipped = "";
  for (const [all, slash, tag, inside] of html.matchAll(PART)) {
    const name = tag?.toLowerCase();
    const parent = open[open.length - 1];
    if (skipped) {
      if (name === skipped && slash) skipped = "";
    } else if (!name) {
      if (!/^<!/.test(all)) parent.append(plain(all));
    } else if (slash) {
      let at = open.length - 1;
      while (at > 0 && open[at].localName !== name) at -= 1;
      if (at > 0) open.length = at;
    } else if (GONE.has(name)) {
      skipped = name;
    } else {
      const made = element(name, read(inside), base, say);
      if (made) {
        parent.append(made);
        if (TAGS.has(name) && !EMPTY_TAGS.has(name)) open.push(made);
        else if (name === "video") skipped = name;
      }
    }
  }
  return finished(top, say);
}

function read(text) {
  const found = {};
  for (const [, name, double, single, bare] of (text || "").matchAll(ATTRIBUTE)) found[name.toLowerCase()] = plain(double ?? single ?? bare ?? "");
  return found;
}

function element(name, given, base, say) {
  if (name === "iframe" || name === "video") {
    return out(safeUrl(base, base), "watch", say("video"));
  }
  if (name === "input") return h("span", { class: "tick", role: "img", "aria-label": "checked" in given ? "✓" : "–" }, "checked" in given ? "☑" : "☐");
  if (!TAGS.has(name)) return null;
  const node = h(name);
  for (const key of Object.keys(given)) if (ATTRIBUTES.has(key)) node.setAttribute(key, given[key]);
  if (name === "a" && given.href) {
    const href = given.href[0] === "#" ? given.href : safeUrl(given.href, base);
    if (href) node.setAttribute("href", href);
    if (/^http/.test(href)) { node.target = "_blank"; node.rel = "noopener"; }
  }
  if (name === "img") {
    node.loading = "lazy";
    node.decoding = "async";
    node.referrerPolicy = "no-referrer";
    const src = safeUrl(given.src, base);
    // A page's policy may forbid pictures from elsewhere: then their words and a way to see them.
    node.onerror = () => node.replaceWith(out(src, "watch", given.alt || say("image")));
    if (/^http/.test(src)) node.src = src;
  }
  return node;
}

// Wide things scroll by themselves, and can be reached by keyboard to do so.
function finished(top, say) {
  for (const table of [...top.querySelectorAll("table, pre")]) {
    const wrap = h("div", { class: "wide", tabindex: "0", role: "group", "aria-label": table.querySelector("caption")?.textContent || say(table.localName === "pre" ? "code" : "table") });
    table.replaceWith(wrap);
    wrap.append(table);
  }
  for (const link of top.querySelectorAll(".heading-link")) link.remove();
  return top;
}

// Links within an article, and to other articles of this help centre, stay in the panel.
export function follow(event, base, act, jump) {
  const link = event.target.closest("a[href]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  const href = link.getAttribute("href");
  if (href[0] === "#") {
    event.preventDefault();
    jump?.(decodeURIComponent(href.slice(1)));
    return;
  }
  const url = new URL(href, base);
  const other = url.origin === new URL(base).origin && /\/([\w-]+)\/a\/([^/?#]+)\/?$/.exec(url.pathname);
  if (!other) return;
  event.preventDefault();
  act.open({ slug: decodeURIComponent(other[2]), lang: other[1], anchor: url.hash.slice(1) });
}
