// What the loader fetches on the first open: the panel and everything in it.
import { day } from "./article.js";
import { client } from "./client.js";
import { draftStore } from "./draft.js";
import { icon } from "./icons.js";
import { LIST, inlineSuggestions } from "./inline.js";
import { journey } from "./journey.js";
import { active, direction, doc, fits, read, take } from "./from_loader.js";
import { nodes } from "./markup.js";
import { memory } from "./memory.js";
import { address as pageAddress, heading } from "./page.js";
import { panel } from "./panel.js";
import { beside, block, gone } from "./rooms.js";
import { newKey } from "./sending.js";
import { trouble } from "./unreachable.js";

const LOOK_EVERY = 500;
const TOKEN_PATIENCE = 8000;

let lists = false; // whether this page ever had suggestions below a field

export default function openBody(core) {
  take(core.lent);
  const api = client(core);
  const drafts = draftStore(core);
  // Of the customer, not of this body: it outlasts an `unmount`.
  const { data } = core;
  data.trip ||= journey(core);
  data.kept ||= memory(core);
  const app = {
    core, api, drafts, trip: data.trip, kept: data.kept,
    get draft() { return data.draft ||= drafts.read(); },
    set draft(draft) { data.draft = draft; },
    t: (key, values) => String(core.words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => (values && name in values ? values[name] : all)),
    dir: () => direction(core.lang, core.words),
    announce: (text) => { main?.announce(text); },
    close,
    token,
    identity,
    refusedIdentity,
    parts: { day, icon, newKey, nodes, trouble },
    mine: [], // requests the site vouches for, once they were asked about
    get answers() { return data.answers ||= {}; }, // being written, by reference
  };
  let main = null; // the floating panel
  let shown = false;
  let embedded = []; // panels in <signpost-widget> elements of the page
  let attached = []; // fields of the page's own forms
  let href = location.href;
  let address = place();
  let looking = 0;
  let claims = null; // what the identity says, as far as it can be read
  let doubted = null; // a token that was refused: it is not sent again
  let vouched = true; // whether a token for this site came, when one was asked for last
  identified();
  addEventListener("keydown", firstHere, true);

  // Before a trap or a dialog of the page hears them: these keys, in here, are ours.
  function firstHere(event) {
    if (!/^(Escape|Tab)$/.test(event.key) || !core.shell || !event.composedPath().includes(core.shell.root)) return;
    event.stopImmediatePropagation();
    const { key, shiftKey, isComposing } = event;
    const copy = new KeyboardEvent("keydown", { key, shiftKey, isComposing, bubbles: true, cancelable: true });
    if (!event.composedPath()[0].dispatchEvent(copy)) event.preventDefault();
  }

  function open(view, then) {
    core.basic();
    core.stand();
    core.shell.dress(core);
    // React Aria's word for what stands above its dialogs: touching it is not touching what is outside them.
    core.shell.node.setAttribute("data-react-aria-top-layer", "true");
    if (!shown) core.shell.place(beside(core.from()));
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
      setTimeout(untrapped, 60);
    }
    if (then) then(main);
    else if (view === "contact") main.contact("");
    else if (view === "status") main.status();
  }

  // Something of the page took the focus away at once: a trap that no role names. Help goes to where it was asked for.
  function untrapped() {
    const from = core.from();
    const now = active();
    if (!shown || now?.getRootNode() === core.shell.root || now === doc.body || !from.isConnected || from === doc.body || !doc.hasFocus()) return;
    if (!block(from)) return;
    core.shell.place(block(from));
    main.refocus();
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
    core.keep(); // A dialog may hide without a change that can be observed.
    if (location.href !== href) {
      href = location.href;
      // The new page needs a moment to write its title and heading.
      setTimeout(() => {
        if (place() === address) return;
        address = place();
        each((one) => one.moved());
      }, 250);
    }
    looking = setTimeout(watch, LOOK_EVERY);
  }

  // Fragment and query say nothing of a new page, unless its heading does.
  function place() {
    return `${pageAddress()} ${heading()}`;
  }

  function each(then) {
    if (main) then(main);
    for (const one of embedded) then(one.panel);
  }

  // ---- who the customer is ----
  function token() {
    const given = core.identity;
    const asked = typeof given === "function" ? Promise.resolve().then(given) : Promise.resolve(given);
    const late = new Promise((done) => setTimeout(done, TOKEN_PATIENCE));
    return Promise.race([asked, late]).then((text) => (typeof text === "string" && text !== doubted && fits(text, core) ? text : null), () => null);
  }

  function identity() {
    return core.identity && claims;
  }

  function identified() {
    const before = claims?.email;
    token().then((text) => {
      vouched = !!text;
      try {
        const said = read(text);
        claims = said.email ? { name: said.name || "", email: said.email } : null;
      } catch {
        claims = null;
      }
      // What one person wrote is not shown to another who signs in here.
      if (before !== claims?.email && before) {
        app.mine = [];
        data.answers = {};
        each((one) => { if (/status|conversation/.test(one.view())) one.goHome(); });
      }
      each((one) => { const view = one.top(); view?.known?.(); });
    });
  }

  function refusedIdentity(reason, token) {
    doubted = token;
    claims = null;
    vouched = false;
    core.emit("error", { code: "identity", message: `identity refused: ${reason || "?"}` });
  }

  function again(open_) {
    if (!main) return;
    main.rest();
    main.end();
    main = null;
    shown = false;
    if (open_) open();
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
    identified() {
      doubted = null;
      vouched = true;
      identified();
    },
    vouched: () => vouched && fits(core.identity, core),
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
      again(was);
      for (const one of embedded) {
        one.panel.end();
        one.place.dress(core);
        one.panel = panel(one.place, app);
        one.panel.start();
      }
    },
    // Whether the dialog it was in is no longer one that can be seen; and where it is to stand then.
    lost: () => gone(core.shell.node.parentNode),
    where: () => (shown ? beside(core.from()) : null),
    // It was taken off the page and put back; `anew` when nothing of it works any more.
    restored(anew) {
      if (anew) again(shown);
      else if (shown) main.refocus();
    },
    attach(field) {
      lists = true;
      const root = field.getRootNode();
      if (root !== doc) core.observe(root, { childList: true, subtree: true });
      attached.push(inlineSuggestions(field, app, { open: (hit) => open("", (one) => one.article(hit)) }));
    },
    // A list goes with its field. What a router kept of a page and put back are copies that nobody owns.
    sweep() {
      if (!lists) return;
      attached = attached.filter((one) => one.field.isConnected || one.detach());
      for (const node of doc.querySelectorAll(`[${LIST}]`)) if (!attached.some((one) => one.node === node)) node.remove();
    },
    embed(place) {
      if (embedded.some((one) => one.place.node === place.node)) return;
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
      removeEventListener("keydown", firstHere, true);
      main?.rest();
      for (const one of attached) one.detach();
      each((one) => one.end());
      for (const one of embedded) one.place.frame.replaceChildren();
      app.mine = [];
      shown = false;
      main = null;
      embedded = attached = [];
    },
  };
}
