// The panel for when there is nothing but what is known already: the ways to a person.
import rules from "../style/basic.css";
import { add, drawing, h, press, styles, wear } from "./dom.js";
import { quiet } from "./host.js";
import { channels, contactUrl, inLanguage } from "./settings.js";

const CROSS = "M6 6l12 12M18 6L6 18";

let frameSheet = null;

// Rules are parsed when there is something to wear them, not before.
export function frame({ root }) {
  quiet(root);
  wear(root, frameSheet ||= styles(rules));
}

export function hasWays(core) {
  return !!(channels(core).length || contactUrl(core));
}

// A list of links: never empty when `hasWays`.
export function ways(core, typed = "") {
  const words = core.words;
  const url = contactUrl(core);
  const rows = channels(core).map((one) => {
    let href = /^(https?|mailto|tel|sms):/i.test(one.href || "") ? one.href : null;
    if (href && typed && /^mailto:[^?]*$/i.test(href)) href += `?body=${encodeURIComponent(typed.slice(0, 1500))}`;
    return [inLanguage(one.label, core.lang) || words[one.kind] || one.kind, one.value, href, one.note || one.hours, one.kind];
  });
  if (url) rows.push([words.contact_page, "", url, ""]);
  return h("ul", { class: "ways" }, rows.map(([label, value, href, note, kind]) => h("li", {},
    h(href ? "a" : "div", { class: "way", href, target: /^http/.test(href || "") ? "_blank" : null, rel: "noopener", on: { click: () => core.emit("human", { by: kind || "page" }) } },
      h("strong", {}, label), value && value !== label && h("bdi", {}, value), note && h("small", {}, note)))));
}

export function round(label, click, picture) {
  const button = press("round", click, picture);
  button.setAttribute("aria-label", label);
  return button;
}

export function basicPanel(core, place, onClose) {
  frame(place);
  const words = core.words;
  const title = h("h2", { class: "title", id: "title" }, words.down_title);
  const close = round(words.close, onClose, drawing(CROSS));
  const panel = h("section", { class: "panel panel--basic", role: "dialog", "aria-labelledby": "title", tabindex: "-1", on: { keydown: (event) => { if (event.key === "Escape") onClose(); } } },
    h("div", { class: "bar" }, title, close));
  return add(panel, [h("div", { class: "body" }, h("p", {}, words.down_text), ways(core))]);
}
