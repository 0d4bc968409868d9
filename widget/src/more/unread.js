// How many answers the customer has not seen: of those the site vouches for, by their token; else of the requests this
// device keeps. Asked when the page begins, when somebody signs in, and when the page is looked at again.
import { json } from "../body/text.js";

const PAUSE = 60_000;

export function unreadCount(core, unseen) {
  const { doc, entry, fits, request, siteUrl } = core.lent;
  let asked = 0;
  let round = 0;
  doc.addEventListener("visibilitychange", again);
  ask();

  function again() {
    if (!doc.hidden && Date.now() - asked > PAUSE) ask();
  }

  function ask() {
    asked = Date.now();
    const now = round += 1;
    Promise.all([own(), kept()]).then(([mine, here]) => {
      if (now !== round) return;
      const known = mine.map((one) => one.reference);
      let count = 0;
      for (const one of mine) count += one.unread;
      for (const one of here) if (!known.includes(one.reference)) count += one.unread;
      unseen(count);
    }).catch(() => {}); // Nobody asked for this: what cannot be counted is not shown.
  }

  function post(path, body) {
    const url = siteUrl(core.settings, `api/v1/sites/${encodeURIComponent(core.settings.site)}/${path}`, { lang: core.lang, visit: core.visit });
    return request(url, { body: json(body) }).then((answer) => answer.requests);
  }

  function own() {
    const given = core.identity;
    if (!given) return Promise.resolve([]);
    return Promise.resolve().then(() => (typeof given === "function" ? given() : given)).then((identity) => (typeof identity === "string" && fits(identity, core) ? post("mine", { identity }) : []));
  }

  function kept() {
    const all = entry("localStorage", core.settings).read()?.requests;
    const found = Array.isArray(all) ? all.filter((one) => typeof one?.token === "string") : [];
    if (!found.length) return Promise.resolve([]);
    return post("requests", { tokens: found.map((one) => one.token) }).then((states) => states.map((state) => {
      const { seen } = found.find((one) => one.token === state.token);
      return { reference: state.reference, unread: Math.max(0, state.replies - (seen || 0)) };
    }));
  }

  return {
    changed: ask,
    stop() {
      round += 1;
      doc.removeEventListener("visibilitychange", again);
    },
  };
}
