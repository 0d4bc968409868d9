// The panel: a head with the way back, one view at a time, and always the way to a person.
import { articleView } from "./article.js";
import { clothe } from "./panel_styles.js";
import { contactView, sentView } from "./contact.js";
import { icon } from "./icons.js";
import { latest } from "./latest.js";
import { active, add, doc, h, out, press, round } from "./from_loader.js";
import { results } from "./results.js";
import { clip } from "./text.js";
import { notice, trouble } from "./unreachable.js";

const WAIT = 140;

export function panel(place, app) {
  const { t, core, trip, api } = app;
  let stack = [];
  let timer = 0;
  let page = null; // what search suggests for the page, once known
  let about = null; // what the page was said to be about
  const nextSearch = latest();
  const nextPage = latest();

  const announcer = h("p", { class: "unseen", role: "status" });
  const back = round(t("back"), () => pop(), icon("back"));
  const title = h("h2", { class: "title", id: "title" });
  const close = place.inline ? null : round(t("close"), () => app.close(), icon("close"));
  const body = h("div", { class: "body" });
  const human = press("button human wide-button", () => contact(""), icon("person"), h("span", {}, t("human")));
  const foot = h("div", { class: "foot" }, human);
  const node = h("section", {
    class: "panel", part: "panel", role: place.inline ? "region" : "dialog", "aria-labelledby": "title", tabindex: "-1", on: { keydown },
  }, h("div", { class: "bar" }, back, title, close), body, foot, announcer);
  const home = homeView();
  let last = node;
  let scrolled = 0;
  node.addEventListener("focusin", (event) => { last = event.target; });
  body.addEventListener("scroll", () => { scrolled = body.scrollTop; }, { passive: true });
  clothe(place);
  place.frame.append(node);

  // ---- views ----
  function homeView() {
    const input = h("input", { type: "search", id: "q", class: "q", placeholder: t("search_hint"), "aria-label": t("search"), autocomplete: "off", enterkeyhint: "search", maxlength: 300, dir: "auto", on: { input: typed } });
    const out = h("div", { class: "out" });
    const news = h("div", { class: "news", role: "status" });
    const view = {
      name: "home", title: t("greeting"), home: true, query: "",
      node: h("div", { class: "home" },
        h("div", { class: "find", role: "search" }, icon("search"), input),
        news, out),
      input, out, news,
      focus: () => (matchMedia("(pointer: coarse)").matches ? null : input),
    };
    return view;
  }

  function typed() {
    clearTimeout(timer);
    timer = setTimeout(() => ask(home.input.value, false), WAIT);
  }

  function ask(text, whole, literally) {
    const query = clip(text, 300);
    home.query = query;
    const signal = nextSearch();
    if (query.length < 2 && !/[\u3040-\u9fff\uac00-\ud7af]/.test(query)) {
      home.input.removeAttribute("aria-busy");
      showPage();
      return;
    }
    home.input.setAttribute("aria-busy", "true");
    const answer = whole ? api.search(query, signal, literally) : api.typing(query, signal);
    answer.then((answered) => {
      if (query !== home.query) return;
      home.input.removeAttribute("aria-busy");
      trip.asked(query, answered.verdict);
      trip.shown(answered.results);
      const shown = results(answered, app, act, "");
      const count = shown.querySelectorAll(".hit").length; // fewer than were found, where the rest waits behind a button
      found(shown);
      if (!answered.urgent) announce(count ? t("count", { n: count }) : t("nothing_title"));
      core.emit("search", { query, verdict: answered.verdict, count: answered.results.length });
    }, (failure) => {
      if (failure.aborted || query !== home.query) return;
      home.input.removeAttribute("aria-busy");
      fail(failure);
      found(trouble(app, () => ask(home.input.value, true), { typed: query }));
    });
  }

  function suggest(given) {
    if (given) {
      const { query, ...rest } = typeof given === "string" ? { context: given } : given;
      about = rest;
      if (query) {
        search(query);
        return;
      }
    }
    const signal = nextPage();
    api.page(about, signal).then((answered) => {
      page = answered;
      for (const hit of answered.results) hit.answer_html = hit.answer_html?.replace(/<.?mark>/g, ""); // The page's words, not the customer's.
      trip.shown(answered.results.slice(0, 3));
      core.emit("suggest", { verdict: answered.verdict, count: answered.results.length });
      if (home.query.length < 2) showPage();
    }, (failure) => {
      if (failure.aborted) return;
      fail(failure);
      page = null;
      if (home.query.length < 2) found(trouble(app, () => { core.configured().catch(() => {}); showPage(); suggest(); }));
    });
  }

  // What stands there when nothing is typed.
  function showPage() {
    const own = app.kept.all().length;
    const parts = [];
    if (!page) parts.push(h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
    else if (page.results.length) parts.push(results(page, app, act, t(page.verdict === "answer" ? "more" : "for_this_page")));
    const url = core.config?.home_url;
    const rows = [
      (own > 0 || core.vouched()) && h("li", {}, link(t("requests"), "clock", { on: { click: status } }, core.unread > 0 && h("span", { class: "badge new" }, t("unread", { n: core.unread })))),
      url && h("li", {}, link(t("browse"), "out", { href: url, target: "_blank", rel: "noopener" }))];
    // News first: who came for an answer need not look for it.
    const links = (count) => h("ul", { class: "list links" }, rows.splice(0, count));
    found(links(core.unread > 0 ? 1 : 0), ...parts, links(2));
  }

  // What stands below the search. Whoever was there stays there: on the same row, else where the search is.
  function found(...parts) {
    const held = place.root.activeElement;
    const inside = home.out.contains(held);
    const rows = () => [...home.out.querySelectorAll("a, button")];
    const nth = rows().indexOf(held);
    home.out.replaceChildren(...parts);
    if (inside) (rows().find((one) => one.textContent === held.textContent) || rows()[nth] || home.input).focus({ preventScroll: true });
  }

  function status() {
    if (top().name !== "status") own("status", "requests", conversation);
  }

  function conversation(reference) {
    own("conversation", "conversation", reference);
  }

  function own(name, kind, about) {
    const waiting = { name, title: t("requests"), node: h("div", {}, h("p", { class: "wait", role: "status" }, t("loading"))), focus: () => null };
    push(waiting);
    (function load() {
      core.fetched("own", OWN_INTEGRITY).then((module) => swap(waiting, module[kind](app, about)), () => waiting.node.replaceChildren(trouble(app, load)));
    })();
  }

  function link(text, name, props, more) {
    return h(props.href ? "a" : "button", { class: "row", type: props.href ? null : "button", ...props }, icon(name), h("span", { class: "what" }, h("span", { class: "name" }, text), more));
  }

  function showNews() {
    const open = (core.config?.incidents || []).filter((one) => !one.closed_at);
    home.news.replaceChildren(...open.map((one) => notice("warn",
      h("h3", { dir: "auto" }, one.title),
      one.news?.[0] && h("p", { dir: "auto" }, one.news[0].text),
      core.config.incidents_url && out(core.config.incidents_url, null, t("incident_more")))));
  }

  function article(hit) {
    trip.opened(hit);
    const waiting = { name: "article", title: t("article"), wide: true, node: h("p", { class: "wait", role: "status" }, t("loading")), focus: () => null };
    push(waiting);
    (function load() {
      api.article(hit.lang || core.lang, hit.slug).then((found) => {
        trip.opened(found);
        api.report("suggestion_opened", { slug: found.slug, article_lang: found.lang });
        swap(waiting, articleView(found, app, act, hit.anchor));
        core.emit("article", { slug: found.slug, lang: found.lang, title: found.title });
      }, (failure) => {
        fail(failure);
        if (stack.indexOf(waiting) < 0) return;
        waiting.node.replaceChildren(failure.status === 404 ? h("span", {}, t("no_article")) : trouble(app, load));
        if (hit.url) add(waiting.node, [h("p", { class: "outside" }, out(hit.url, null, t("in_help_centre"), icon("out", "icon small")))]);
      });
    })();
  }

  function contact(reason) {
    const now = top();
    if (now.name === "contact") return;
    const words = home.query && now === home ? "none_helped" : reason;
    api.report("contact_opened", {});
    // What stands in the field, also if nothing was searched for it yet: who is quick must not type it again.
    app.question = clip(home.input.value, 300) || trip.last();
    const view = contactView(app, words || "widget", {
      // The form is here: to its first field, unless the customer has gone elsewhere meanwhile.
      here() { if (api_.active && top() === view && place.root.activeElement === node) view.focus().focus({ preventScroll: true }); },
      sent(answer, note) {
        if (answer.status_token) app.kept.add({ reference: answer.reference, token: answer.status_token });
        core.emit("sent", { reference: answer.reference });
        trip.clear();
        swap(view, sentView(app, answer, note, act));
        announce(t("sent_title"));
      },
    });
    push(view);
    core.emit("contact", { reason: words || "widget" });
    core.emit("human", { by: "form" });
  }

  const act = {
    open: article,
    contact,
    search: (text, literally) => { home.input.value = text; ask(text, true, literally); home.input.focus(); },
  };

  // ---- moving between views ----
  function top() { return stack[stack.length - 1]; }

  function push(view) {
    const before = top();
    if (before) {
      before.scrolled = body.scrollTop;
      before.from = place.root.activeElement;
      before.left?.();
    }
    stack.push(view);
    show(view, 0);
  }

  function pop() {
    if (stack.length < 2) return;
    const view = stack.pop();
    view.left?.();
    if (view.end && !view.busy) view.end();
    const to = top();
    if (to.home && to.query.length < 2) showPage();
    show(to, to.scrolled || 0, to.from);
  }

  function swap(view, other) {
    const at = stack.indexOf(view);
    if (at < 0) return;
    view.end?.();
    stack[at] = other;
    if (at === stack.length - 1) show(other, 0);
  }

  function show(view, scroll, focus) {
    title.textContent = view.home && core.config?.name ? t("greeting") : view.title;
    back.hidden = stack.length < 2;
    foot.hidden = !!view.human;
    node.toggleAttribute("data-wide", !!view.wide);
    node.toggleAttribute("data-home", !!view.home);
    node.setAttribute("data-view", view.name);
    body.replaceChildren(view.node);
    body.scrollTop = scroll;
    view.shown?.();
    const to = focus?.isConnected ? focus : view.focus?.();
    if (api_.active) (to || node).focus({ preventScroll: true });
    core.emit("view", { view: view.name });
  }

  function search(text) {
    goHome();
    home.input.value = text || "";
    ask(home.input.value, true);
    home.input.focus();
  }

  function goHome() {
    for (const view of stack.splice(1)) {
      view.left?.();
      view.end?.();
    }
    stack = [home];
    show(home, 0);
  }

  // ---- keys ----
  function keydown(event) {
    if (event.isComposing) return;
    if (event.key === "Escape" && !place.inline) {
      event.preventDefault();
      app.close();
    } else if (event.key === "Tab" && covers()) {
      trap(event);
    } else if (event.key === "Enter" && event.target === home.input) {
      clearTimeout(timer);
      ask(home.input.value, true);
    } else if (/^Arrow(Down|Up)$/.test(event.key)) {
      arrows(event);
    }
  }

  // On a small screen the panel is all there is to see, so the focus stays in it.
  function covers() {
    return !place.inline && node.getBoundingClientRect().width >= innerWidth - 1;
  }

  function trap(event) {
    const all = [...node.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((one) => !one.disabled && one.getClientRects().length && !one.closest("[inert]"));
    const at = all.indexOf(place.root.activeElement);
    const to = event.shiftKey ? (at <= 0 ? all.length - 1 : -1) : at === all.length - 1 ? 0 : -1;
    if (to < 0) return;
    event.preventDefault();
    all[to].focus();
  }

  function arrows(event) {
    const from = place.root.activeElement;
    if (top() !== home || !(from === home.input || from?.matches(".hit"))) return;
    const all = [home.input, ...home.out.querySelectorAll(".hit")];
    const to = all[all.indexOf(from) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!to) return;
    event.preventDefault();
    to.focus();
  }

  function announce(text) {
    announcer.textContent = "";
    setTimeout(() => { announcer.textContent = text; }, 60);
  }

  function fail(failure) {
    core.emit("error", { code: failure.problem?.code || "unreachable", message: failure.message });
  }

  const api_ = {
    node, active: false, announce, search, suggest, contact, goHome,
    article,
    status,
    view: () => (top() || home).name,
    top,
    // Shows the first view; later calls keep what was open.
    start() {
      showNews();
      if (stack.length) {
        show(top(), top().scrolled || 0);
        return;
      }
      stack = [home];
      showPage();
      show(home, 0);
      suggest();
    },
    // After it was moved: unless the focus is somewhere in the page, back to where it was.
    refocus() {
      const held = active();
      if (scrolled && !body.scrollTop) body.scrollTop = scrolled;
      if (place.root.activeElement || (held && held !== doc.body && held !== doc.documentElement && place.root.host.isConnected && !place.root.host.contains(held) && !place.root.host.parentNode.contains(held))) return;
      (last.isConnected ? last : node).focus({ preventScroll: true });
    },
    moved() {
      page = null;
      about = null;
      if (home.query.length < 2) showPage();
      suggest();
    },
    rest() { const now = top(); if (now) { now.scrolled = body.scrollTop; if (now.left) now.left(); } },
    end() {
      clearTimeout(timer);
      nextSearch();
      nextPage();
      for (const view of stack) view.end?.();
      node.remove();
    },
  };
  return api_;
}
