// What search found, as its verdict says: one answer first, a list, or a person first.
import { icon } from "./icons.js";
import { h, press } from "./from_loader.js";
import { follow, nodes } from "./markup.js";

// `act.open(hit)`, `act.contact()`, `act.search(text, literally)`.
export function results(found, app, act, heading) {
  const { t } = app;
  const hits = found.results || [];
  const first = found.verdict === "answer" && hits[0];
  const person = found.verdict === "ask_human" || (!hits.length && !heading);
  const begin = first ? 1 : 0;
  const end = Math.min(found.plausible || 10, first || heading ? 5 : person ? 3 : 10);
  const items = (some) => some.map((hit) => item(hit, app, act, !person && !first));
  const later = heading ? [] : hits.slice(Math.max(begin, end));
  const list = hits.length > begin ? h("ul", { class: "list" }, items(hits.slice(begin, end)),
    later[0] && h("li", {}, press("text", (event) => {
      const made = items(later);
      event.currentTarget.parentNode.replaceWith(...made);
      made[0].firstChild.focus();
    }, t("more")))) : null;
  const title = end > begin && (heading || (first ? t("more") : person ? t("perhaps") : ""));
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
    way && h(way.href ? "a" : "p", { class: "button", href: way.href || null }, way.label, " ", way.value && h("bdi", {}, way.value)),
    article && act && press("text", () => act.open(article), h("span", { lang: article.lang, dir: "auto" }, article.title))));
}

function answer(hit, app, act) {
  return h("article", { class: "answer" },
    h("p", { class: "flag" }, app.t("answer")),
    h("h3", { lang: hit.lang, dir: "auto" }, hit.title),
    language(hit, app),
    quote(hit, act, app),
    press("button primary hit", () => act.open(hit), app.t("read")));
}

// One article of a list, with its passage below it.
export function item(hit, app, act, withPassage) {
  return h("li", {},
    press("row hit", () => act.open(hit),
      icon("page"),
      h("span", { class: "what" }, h("span", { class: "name", lang: hit.lang, dir: "auto" }, hit.title), language(hit, app)),
      icon("next", "icon small")),
    withPassage && hit.answer_html && quote(hit, act, app),
    withPassage && hit.cut && press("text", () => act.open(hit), app.t("read")));
}

// The article's own steps, rows and boxes, with the sentence that answers marked.
function quote(hit, act, app) {
  const node = nodes(hit.answer_html || "", hit.url, app.t);
  node.classList.add("quote");
  node.lang = hit.lang;
  node.dir = "auto";
  node.addEventListener("click", (event) => follow(event, hit.url, act));
  return node;
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

function spelling(found, t, act) {
  if (!found.did_you_mean) return null;
  const ask = (text, literally, label) => press("text", () => act.search(text, literally), label);
  return h("p", { class: "spelling" }, found.corrected
    ? [t("corrected", { text: found.did_you_mean }), " ", ask(found.query, true, t("as_typed", { text: found.query }))]
    : [t("did_you_mean"), " ", ask(found.did_you_mean, false, found.did_you_mean)]);
}
