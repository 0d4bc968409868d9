// What the customer did before asking, so that nobody asks it again. Lives in this page only.
import { clip } from "./text.js";
import { toldWords } from "./told.js";
import { address, device } from "./page.js";

export function journey(core) {
  let queries = [];
  let suggestions = [];
  let left = {}; // what the customer took out, by name

  const find = (slug, lang) => suggestions.find((one) => one.slug === slug && one.lang === lang);
  const note = (slug, lang, title, changes) => {
    let known = find(slug, lang);
    if (!known) {
      // What was read outlasts what was only shown.
      if (suggestions.length >= 30) suggestions = suggestions.filter((one) => one.opened).slice(-20);
      known = { slug, lang, title: clip(title, 500) };
      suggestions.push(known);
    }
    return Object.assign(known, changes);
  };

  return {
    asked(text, verdict) {
      const words = clip(text, 500);
      const last = queries[queries.length - 1];
      // Typing on is the same question.
      if (last && (words.startsWith(last.text) || last.text.startsWith(words))) queries.pop();
      if (words) queries.push({ text: words, verdict, at: new Date().toISOString().slice(0, 19) + "Z" });
      queries = queries.slice(-20);
    },
    last: () => (queries.length ? queries[queries.length - 1].text : ""),
    shown: (results) => { for (const one of results.slice(0, 5)) note(one.slug, one.lang, one.title, {}); },
    opened: (article) => note(article.slug, article.lang, article.title, { opened: true }),
    read(article, seconds) {
      const known = note(article.slug, article.lang, article.title, {});
      known.seconds_read = Math.min(86400, (known.seconds_read || 0) + Math.round(seconds));
    },
    solved: (article) => note(article.slug, article.lang, article.title, { solved: true }),
    rejected: (article, reason) => note(article.slug, article.lang, article.title, { rejected: reason }),
    // [name, words] of every part, for the customer to look through.
    parts(t) {
      const found = queries.map((one) => [`query:${one.text}`, t("went_searched", { text: one.text })]);
      for (const one of suggestions) found.push([`article:${one.lang}/${one.slug}`, t(one.rejected ? "went_rejected" : one.opened ? "went_read" : "went_shown", { title: one.title })]);
      if (toldWords(core)) found.push(["told", t("went_told", { text: toldWords(core) })]);
      found.push(["page", t("went_page", { page: address() })], ["device", t("went_device")]);
      return found;
    },
    leave(name, out) { left[name] = out; },
    left: (name) => !!left[name],
    data(reason) {
      return {
        version: 1, lang: core.lang, reason,
        page: left.page ? undefined : address().slice(0, 2000),
        device: left.device ? undefined : device(),
        queries: queries.filter((one) => !left[`query:${one.text}`]),
        suggestions: suggestions.filter((one) => !left[`article:${one.lang}/${one.slug}`]),
      };
    },
    clear() { queries = []; suggestions = []; left = {}; },
  };
}
