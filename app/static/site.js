// What makes the portal pleasanter. Every page is whole without it; nothing here sends what a visitor typed
// anywhere but to this site's own search.
import { attachCombobox } from "./combobox.js";
import { journey, recent } from "./memory.js";
import { contentTabs } from "./tabs.js";
import { depthOf, nameVisit, report } from "./visit.js";

const announcer = document.querySelector("[data-announcer]");

export function announce(text) {
  if (!announcer) return;
  announcer.textContent = "";
  window.setTimeout(() => { announcer.textContent = text; }, 50);
}

for (const field of document.querySelectorAll("[data-search-field]")) attachCombobox(field, announce);

nameVisit();
rememberThisSearch();
showRecentSearches();
themeChoice();
menus();
article();

function rememberThisSearch() {
  const page = document.querySelector("[data-searched]");
  if (page && page.dataset.remember) {
    recent.add(page.dataset.searched);
    journey.searched(page.dataset.searched, page.dataset.verdict);
    for (const link of page.querySelectorAll("[data-title]")) {
      journey.shown(link.dataset.opened, link.lang, link.dataset.title);
    }
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-opened]");
    if (!link) return;
    journey.opened(link.dataset.opened, link.lang);
    if (!page) return;
    const titles = [...page.querySelectorAll("[data-title]")];
    const rank = titles.findIndex((title) => title.dataset.opened === link.dataset.opened && (!link.lang || title.lang === link.lang));
    report("result_opened", {
      slug: link.dataset.opened, article_lang: link.lang || titles[rank]?.lang || document.documentElement.lang, rank: rank + 1, search: page.dataset.search || "",
    });
  });
}

function showRecentSearches() {
  const box = document.querySelector("[data-recent]");
  if (!box) return;
  const list = box.querySelector("[data-recent-list]");
  const clear = box.querySelector("[data-recent-clear]");
  for (const query of recent.all()) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.className = "chip";
    link.href = `${box.dataset.searchUrl}?q=${encodeURIComponent(query)}`;
    link.textContent = query;
    item.append(link);
    list.append(item);
  }
  box.hidden = list.children.length === 0;
  clear.addEventListener("click", () => {
    recent.clear();
    list.replaceChildren();
    box.hidden = true;
    document.querySelector(".search-field__input")?.focus();
    announce(clear.dataset.textDone);
  });
}

function themeChoice() {
  const box = document.querySelector("[data-theme-choice]");
  if (!box) return;
  box.hidden = false;
  const chosen = document.documentElement.dataset.theme || "auto";
  const input = box.querySelector(`input[value="${chosen}"]`);
  if (input) input.checked = true;
  box.addEventListener("change", (event) => {
    const theme = event.target.value;
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      if (theme === "auto") window.localStorage.removeItem("signpost:theme");
      else window.localStorage.setItem("signpost:theme", theme);
    } catch { /* The choice holds for this page only. */ }
  });
}

function menus() {
  for (const menu of document.querySelectorAll("[data-menu]")) {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }
}

function article() {
  const tools = document.querySelector("[data-print-tools]");
  if (tools) {
    tools.hidden = false;
    tools.querySelector("[data-print]").addEventListener("click", () => window.print());
  }
  const prose = document.querySelector("[data-prose]");
  if (prose?.dataset.slug) readingTime(prose);
  if (prose) contentTabs(prose);
  prose?.addEventListener("click", async (event) => {
    const link = event.target.closest(".heading-link");
    if (!link || !navigator.clipboard) return;
    try {
      // Copied before the jump, which stays the link's own.
      await navigator.clipboard.writeText(link.href);
    } catch {
      return;
    }
    link.dataset.copied = prose.dataset.textCopied;
    announce(prose.dataset.textCopied);
    window.setTimeout(() => { delete link.dataset.copied; }, 2000);
  });
}

// How long this article was looked at and how far: for the person who may be asked next, and for the article's figures.
function readingTime(prose) {
  const { slug, lang, title } = prose.dataset;
  journey.shown(slug, lang, title);
  journey.opened(slug, lang);
  let since = document.hidden ? 0 : Date.now();
  let depth = 0;
  const look = () => { depth = Math.max(depth, depthOf(prose)); };
  const pause = () => {
    if (!since) return;
    const seconds = (Date.now() - since) / 1000;
    since = 0;
    journey.wasRead(slug, lang, seconds);
    look();
    if (seconds >= 1) report("article_read", { slug, article_lang: lang, seconds: Math.round(seconds), depth: Math.round(depth * 100) / 100 });
  };
  document.addEventListener("scroll", look, { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) pause();
    else since = Date.now();
  });
  window.addEventListener("pagehide", pause);
}
