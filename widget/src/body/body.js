// What the loader fetches on the first open: the panel and everything in it.
import { day } from "./article.js";
import { client } from "./client.js";
import { draftStore } from "./draft.js";
import { icon } from "./icons.js";
import { inlineSuggestions } from "./inline.js";
import { journey } from "./journey.js";
import { direction, take } from "./from_loader.js";
import { nodes } from "./markup.js";
import { memory } from "./memory.js";
import { panel } from "./panel.js";
import { newKey } from "./sending.js";
import { trouble } from "./unreachable.js";

const LOOK_EVERY = 500;

export default function openBody(core) {
  take(core.lent);
  const api = client(core);
  const drafts = draftStore(core);
  const app = {
    core, api, drafts, draft: drafts.read(), trip: journey(core), kept: memory(core),
    t: (key, values) => String(core.words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? values[name] : all)),
    dir: () => direction(core.lang, core.words),
    announce: (text) => { if (main) main.announce(text); },
    close,
    token,
    identity,
    refusedIdentity,
    own,
    parts: { day, icon, newKey, nodes, trouble },
    mine: [], // requests the site vouches for, once they were asked about
    answers: {}, // being written, by reference
    badges: {}, // of unread answers, by reference
    count() { core.unseen(app.mine.reduce((sum, one) => sum + one.unread, 0)); },
    readOne(reference) {
      for (const one of app.mine) if (one.reference === reference) one.unread = 0;
      if (app.badges[reference]) app.badges[reference].remove();
      app.count();
    },
  };
  let main = null; // the floating panel
  let shown = false;
  let embedded = []; // panels in <signpost-widget> elements of the page
  let attached = []; // fields of the page's own forms
  let address = location.href;
  let looking = 0;
  let claims = null; // what the identity says, as far as it can be read
  identified();

  function open(view, then) {
    core.basic();
    core.stand();
    core.shell.dress(core);
    core.shell.place();
    if (!main) main = panel(core.shell, app);
    const first = !shown;
    main.node.hidden = false;
    main.active = shown = true;
    core.expanded(true);
    if (first) {
      main.start();
      api.report("widget_opened", {});
      core.emit("open", { view: main.view() });
      api.form().catch(() => {});
      watch();
    }
    if (then) then(main);
    else if (view === "contact") main.contact("");
    else if (view === "status") main.status();
  }

  function close() {
    if (!shown) return;
    shown = false;
    main.rest();
    main.active = false;
    main.node.hidden = true;
    clearTimeout(looking);
    core.expanded(false);
    api.report("widget_closed", {});
    core.emit("close", {});
    core.back();
  }

  // A single-page application changes its address without telling: looked at while the panel is open.
  function watch() {
    clearTimeout(looking);
    if (!shown && !embedded.length) return;
    if (location.href !== address) {
      address = location.href;
      // The new page needs a moment to write its title and heading.
      setTimeout(() => each((one) => one.moved()), 250);
    }
    looking = setTimeout(watch, LOOK_EVERY);
  }

  function each(then) {
    if (main) then(main);
    for (const one of embedded) then(one.panel);
  }

  // ---- who the customer is ----
  function token() {
    const given = core.identity;
    const asked = typeof given === "function" ? Promise.resolve().then(given) : Promise.resolve(given);
    return asked.then((text) => (typeof text === "string" ? text : null), () => null);
  }

  // A call that needs the token, made anew for each.
  function own(call) {
    return token().then((text) => call(text || "")).catch((failure) => {
      const details = failure.problem?.details || {};
      if (details.field === "identity") refusedIdentity(details.reason);
      throw failure;
    });
  }

  function identity() {
    return core.identity && claims;
  }

  function identified() {
    claims = null;
    token().then((text) => {
      try {
        const part = text.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
        const bytes = Uint8Array.from(atob(part), (one) => one.charCodeAt(0));
        const said = JSON.parse(new TextDecoder().decode(bytes));
        // Read for showing only: whether it holds is for the server to say.
        claims = said.email ? { name: said.name || "", email: said.email } : null;
      } catch {
        claims = null;
      }
      each((one) => { const view = one.top(); view?.known?.(); });
    });
  }

  function refusedIdentity(reason) {
    if (typeof core.identity !== "function") core.identity = null;
    claims = null;
    core.emit("error", { code: "identity", message: `the identity was refused: ${reason || "not believed"}` });
  }

  return {
    isOpen: () => shown,
    view: () => (shown ? main.view() : ""),
    open: (view) => open(view),
    close,
    search: (text) => open("", (one) => one.search(text)),
    suggest: (about) => (shown ? main.suggest(about) : open("", (one) => one.suggest(about))),
    article: (slug, lang) => open("", (one) => one.article(typeof slug === "object" ? slug : { slug, lang: lang || core.lang })),
    contact: () => open("contact"),
    status: () => open("status"),
    identified,
    prefilled: () => each((one) => { const view = one.top(); view?.filled?.(); }),
    consented() {
      app.kept.agreed();
      if (!core.agreed) drafts.forget();
    },
    dressed() {
      for (const one of embedded) one.place.dress(core);
    },
    // Everything in the new language; what was typed into the form is kept.
    translated() {
      const was = shown;
      if (main) {
        main.rest();
        main.end();
        main = null;
        shown = false;
        if (was) open();
      }
      for (const one of embedded) {
        one.panel.end();
        one.place.dress(core);
        one.panel = panel(one.place, app);
        one.panel.start();
      }
    },
    attach(field) {
      attached.push(inlineSuggestions(field, app, { open: (hit) => open("", (one) => one.article(hit)) }));
    },
    embed(place) {
      place.dress(core);
      const one = { place, panel: panel(place, app) };
      embedded.push(one);
      one.panel.start();
      one.panel.active = true;
      watch();
    },
    unembed(node) {
      embedded = embedded.filter((one) => {
        if (one.place.node === node) one.panel.end();
        return one.place.node !== node;
      });
    },
    stop() {
      clearTimeout(looking);
      for (const detach of attached) detach();
      each((one) => one.end());
      for (const one of embedded) one.place.frame.replaceChildren();
      app.trip.clear();
      app.draft = {};
      app.answers = {};
      app.mine = [];
      shown = false;
      main = null;
      embedded = attached = [];
    },
  };
}
