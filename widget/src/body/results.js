// What search found, as its verdict says: one answer first, a list, or a person first.
import { icon } from "./icons.js";
import { doc, h, press } from "./from_loader.js";

// `act.open(hit)`, `act.contact()`, `act.search(text, literally)`.
export function results(found, app, act, heading) {
  const { t } = app;
  const hits = found.results || [];
  const first = found.verdict === "answer" && hits[0];
  const person = found.verdict === "ask_human" || (!hits.length && !heading);
  const rest = first ? hits.slice(1, 5) : person ? hits.slice(0, 3) : hits.slice(0, heading ? 5 : 10);
  const list = rest.length ? h("ul", { class: "list" }, rest.map((hit) => h("li", {}, row(hit, app, act, !person && !first)))) : null;
  const title = heading || (first ? t("more") : person ? t("perhaps") : "");
  return h("div", { class: "found" },
    danger(found.urgent, act),
    spelling(found, t, act),
    first && answer(first, app, act),
    person && h("div", { class: "human-first" },
      h("span", { class: "face" }, icon("person")),
      h("div", {}, h("h3", {}, t(hits.length ? "human_title" : "nothing_title")), h("p", {}, t("human_text")),
        press("button human", () => act.contact(), t("human")))),
    list && title && h("h3", { class: "label" }, title),
    list);
}

// What somebody in danger is told above everything else; an author's words, so they go in as text.
export function danger(urgent, act) {
  if (!urgent) return null;
  const { channel: way, article } = urgent;
  return h("div", { class: "notice bad danger", role: "alert" }, icon("warn"), h("div", { lang: urgent.lang, dir: "auto" },
    h("h3", {}, urgent.title),
    h("p", {}, urgent.text),
    way && h(way.href ? "a" : "p", { class: "button", href: way.href || null }, `${way.label} ${way.value}`),
    article && act && press("text", () => act.open(article), article.title)));
}

function answer(hit, app, act) {
  return h("article", { class: "answer" },
    h("p", { class: "flag" }, app.t("answer")),
    h("h3", { lang: hit.lang, dir: "auto" }, hit.title),
    language(hit, app),
    h("p", { class: "passage", lang: hit.lang, dir: "auto" }, marked(hit)),
    press("button primary hit", () => act.open(hit), app.t("read")));
}

export function row(hit, app, act, withPassage) {
  return press("row hit", () => act.open(hit),
    icon("page"),
    h("span", { class: "what" },
      h("span", { class: "name", lang: hit.lang, dir: "auto" }, hit.title),
      language(hit, app),
      withPassage && hit.passage && h("span", { class: "passage", lang: hit.lang, dir: "auto" }, marked(hit))),
    icon("next", "icon small"));
}

function language(hit, app) {
  return hit.lang !== app.core.lang && h("span", { class: "badge", lang: hit.lang }, languageName(hit.lang));
}

export function languageName(tag) {
  try {
    return new Intl.DisplayNames([tag], { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}

// Highlights count code points, not the units of JavaScript's texts.
function marked(hit) {
  const points = Array.from(hit.passage || "");
  const parts = doc.createDocumentFragment();
  let at = 0;
  for (const [start, end] of hit.highlights || []) {
    if (start < at || end > points.length) continue;
    parts.append(points.slice(at, start).join(""), h("mark", {}, points.slice(start, end).join("")));
    at = end;
  }
  parts.append(points.slice(at).join(""));
  return parts;
}

function spelling(found, t, act) {
  if (!found.did_you_mean) return null;
  const ask = (text, literally, label) => press("text", () => act.search(text, literally), label);
  return h("p", { class: "spelling" }, found.corrected
    ? [t("corrected", { text: found.did_you_mean }), " ", ask(found.query, true, t("as_typed", { text: found.query }))]
    : [t("did_you_mean"), " ", ask(found.did_you_mean, false, found.did_you_mean)]);
}
