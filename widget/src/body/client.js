// The help centre's addresses, each by the name of what it gives.
import { request, siteUrl } from "./from_loader.js";
import { context } from "./page.js";
import { json } from "./text.js";

export function client(core) {
  const at = (path, query) => siteUrl(core.settings, `api/v1/${path}`, query);
  const site = () => `sites/${encodeURIComponent(core.settings.site)}`;
  let forms = {};
  let raised = ""; // the sentence of a message in which danger was found
  const { visit } = core;

  return {
    forget: () => { forms = {}; raised = ""; },
    // Danger is looked for in all of a `message`, which is too long for an address, and stays as long as it stands there.
    typing: (q, signal, message) => request(at("suggest", message ? 0 : { q, lang: core.lang }), { body: message && json({ q, message: message.slice(0, 20_000), raised_by: raised, lang: core.lang }), signal }).then((found) => {
      raised = found.raised_by || raised;
      return found;
    }),
    search: (q, signal, literally) => request(at("search", { q, lang: core.lang, limit: 10, as_typed: literally || "", visit }), { signal }),
    page: (about, signal) => request(at(`${site()}/suggestions`, { ...context(core.settings), ...about, lang: core.lang, visit }), { signal }),
    article: (lang, slug) => request(at(`articles/${encodeURIComponent(lang)}/${encodeURIComponent(slug)}`)),
    // Asked once and kept: opening the form later needs nobody.
    form: () => forms[core.lang] ||= core.configured().then(({ form }) => request(at(`forms/${encodeURIComponent(form)}`, { lang: core.lang }))).catch((failure) => {
      forms = {};
      throw failure;
    }),
    challenge: () => request(at("challenge")),
    send: (body, wait) => request(at("tickets", { visit }), { body, wait }),
    requests: (tokens) => request(at(`${site()}/requests`, { lang: core.lang, visit }), { body: json({ tokens }) }),
    // What somebody the site vouches for asks of their own requests; the token goes in the body.
    own: (path, body) => request(at(`${site()}/mine${path}`, { lang: core.lang, visit }), { body: json(body), wait: 10_000 }),
    feedback: (article, helpful) => request(at("feedback", { visit }), { body: json({ lang: article.lang, slug: article.slug, helpful }) }).catch(() => {}),
    report: (name, data) => { request(at("events", { visit }), { body: json({ name, lang: core.lang, data }) }).catch(() => {}); },
  };
}
