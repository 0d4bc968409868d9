// One article, read in the panel.
import { icon } from "./icons.js";
import { h, out, press } from "./from_loader.js";
import { follow, nodes } from "./markup.js";
import { languageName } from "./results.js";

// A view of `article`; `act.open(slug, lang, hash)` follows links to other articles, `act.contact(reason)` asks a person.
export function articleView(article, app, act, anchor) {
  const { t, core, trip, api } = app;
  const prose = nodes(article.html, article.url, t);
  const thanks = h("p", { class: "buttons", role: "status", hidden: true });
  const asking = h("div", { class: "buttons" },
    h("p", {}, t("helped")),
    press("button", () => said(true), t("yes")),
    press("button", () => said(false), t("no")));
  const node = h("article", { class: "reading", lang: article.lang, dir: "auto" },
    h("h3", { class: "headline", id: "article-title", tabindex: "-1" }, article.title),
    h("p", { class: "facts", lang: core.lang },
      article.updated && t("updated", { date: day(article.updated, core.lang) }),
      article.lang !== core.lang && h("span", { class: "badge", lang: article.lang }, languageName(article.lang))),
    prose,
    h("p", { class: "outside", lang: core.lang }, out(article.url, null, t("in_help_centre"), icon("out", "icon small"))),
    h("div", { class: "verdict", lang: core.lang, dir: app.dir() }, asking, thanks));
  prose.addEventListener("click", (event) => follow(event, article.url, act, jump));
  let since = 0;

  function said(helpful) {
    api.feedback(article, helpful);
    asking.remove();
    thanks.hidden = false;
    if (helpful) {
      trip.solved(article);
      api.report("suggestion_solved", { slug: article.slug, article_lang: article.lang });
      core.emit("solved", { slug: article.slug, lang: article.lang });
      thanks.append(icon("check"), t("glad"));
    } else {
      trip.rejected(article, "did_not_answer");
      core.emit("rejected", { slug: article.slug, lang: article.lang });
      thanks.append(t("sorry"), " ", press("button human", () => act.contact("not_helpful"), t("human")));
    }
  }

  function jump(id) {
    for (const one of prose.querySelectorAll("[id]")) {
      if (one.id !== id) continue;
      one.setAttribute("tabindex", "-1");
      one.focus({ preventScroll: true });
      one.scrollIntoView({ block: "start" });
      return;
    }
  }

  return {
    name: "article", title: t("article"), node, wide: true,
    focus: () => node.querySelector("h3"),
    shown() { since = Date.now(); if (anchor) { jump(anchor); anchor = ""; } },
    left() {
      if (!since) return;
      const seconds = (Date.now() - since) / 1000;
      trip.read(article, seconds);
      api.report("article_read", { slug: article.slug, article_lang: article.lang, seconds: Math.round(seconds) });
      since = 0;
    },
  };
}

export function day(text, lang) {
  try {
    return new Intl.DateTimeFormat(lang, { dateStyle: "medium" }).format(new Date(text));
  } catch {
    return text;
  }
}
