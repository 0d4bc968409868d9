// Before the first open: the one global, its queue, and the launcher. Everything else comes with the body.
import { doc } from "./dom.js";
import { basicPanel, hasWays } from "./fallback_panel.js";
import { exchange } from "./events.js";
import { OWN, TAG, active, shell, supported } from "./host.js";
import { launcherButton } from "./launcher.js";
import { lent } from "./for_body.js";
import { request } from "./request.js";
import { entry } from "./storage.js";
import { configuration, fromAttributes, hostOf, known, look, own } from "./settings.js";
import { fits } from "./token.js";
import { BUILT_IN, firstWords, nearest } from "./words.js";

const PATIENCE = 3000;
const EMPTY = () => ({ name: "", email: "", phone: "", subject: "", message: "", fields: {} });

export function begin(script, queue, sites) {
  const exchanged = exchange();
  const core = {
    settings: {}, config: null, known: null, lang: "en", words: firstWords("en"), identity: null, prefill: EMPTY(), agreed: null,
    // A random id of this visit, for the help centre's own figures: kept nowhere, gone with the page.
    visit: Math.random().toFixed(18).slice(2),
    emit: exchanged.emit, version: VERSION, lent, shell: null, nonce: script?.nonce || "", data: {}, keep, unread: 0, call: Signpost,
    observe: (node, what) => observer.observe(node, what),
  };
  const observer = new MutationObserver(keep);
  const heard = [["click", onPageClick], ["focusin", onPageFocus], ["fullscreenchange", onFullscreen]];
  const elements = new Set(); // every <signpost-widget> of the page, whether anything runs or not
  const said = {}; // by `theme` and `locale`: it outlasts every life
  let hidden = false; // by `hide`
  let loading = null; // the body, on its way or here
  let body = null;
  let basic = null;
  let button = null;
  let opener = null;
  let wish = null; // what to do once the body is here
  let asked = null; // the configuration, on its way
  let spoken = ""; // the language all words are here in
  let alive = false;
  let due = false; // the page has done its own work: the launcher may show
  let failed = false; // the site could not be asked about
  let restored = 0;
  let defined = false;
  let born = 0; // counts lives: what comes late for an earlier one is dropped
  const scheme = matchMedia("(prefers-color-scheme: dark)");

  const verbs = {
    __proto__: null, // Nothing but what follows is a verb.
    init(given) {
      const old = core.settings.site;
      const options = { ...fromAttributes(script), ...said };
      const now = typeof given === "string" ? { site: given } : given || {};
      for (const name of Object.keys(now)) if (now[name] !== undefined) options[name] = now[name];
      options.theme = { ...said.theme, ...now, ...now.theme };
      options.strings = { ...said.strings, ...now.strings };
      if (alive) stop();
      core.settings = options;
      if (old && old !== options.site) core.data = {};
      if (!options.site || !(options.host || own) || !supported()) return;
      alive = true;
      born += 1;
      core.known = core.settings.host ? null : known(sites, core.settings.site);
      setLanguage();
      scheme.addEventListener("change", dress);
      listen();
      observer.observe(doc, { childList: true, subtree: true });
      const life = born;
      for (const one of elements) embed(one);
      idle(() => {
        define();
        if (life === born) start();
      });
      if (wish) use(wish[0], ...wish[1]);
    },
    open: (view) => use("open", view),
    close() {
      wish = null;
      unbusy();
      if (body) body.close();
      else closeBasic();
    },
    toggle: () => (wish || isOpen() ? verbs.close() : verbs.open()),
    hide() {
      hidden = true;
      verbs.close();
      launch();
    },
    show() {
      hidden = false;
      launch();
    },
    search: (text) => use("search", text),
    suggest: (about) => (about || isOpen() ? use("suggest", about) : undefined),
    article: (slug, lang) => use("article", slug, lang),
    contact: (values) => { if (values) verbs.prefill(values); return use("contact"); },
    status: () => use("status"),
    identify(token) {
      core.identity = token || null;
      body?.identified();
      more();
    },
    prefill(values) {
      core.prefill = values ? { ...core.prefill, ...values, fields: { ...core.prefill.fields, ...values.fields } } : EMPTY();
      body?.prefilled();
    },
    locale(tag, strings) {
      for (const one of [said, core.settings]) {
        one.locale = tag;
        if (strings) one.strings = { ...one.strings, [tag]: strings };
      }
      if (!alive) return;
      core.config = null;
      asked = null;
      setLanguage();
      const life = born;
      configured().catch(() => {}).then(() => body && speak()).catch(() => {}).then(() => {
        if (life !== born) return;
        refresh();
        body?.translated();
        core.emit("locale", { lang: core.lang });
      });
    },
    theme(changes) {
      for (const one of [said, core.settings]) one.theme = { ...one.theme, ...(typeof changes === "string" ? { mode: changes } : changes) };
      refresh();
    },
    attributes(values) { core.attributes = values && { ...core.attributes, ...values }; },
    tags(list) { core.tags = list; },
    messages(list) {
      core.messages = list;
      more();
    },
    state: () => Object.freeze({
      site: core.settings.site, lang: core.lang, ready: !!core.ready, open: isOpen(), view: body ? body.view() : "",
      identified: core.vouched(), consent: core.agreed, unread: core.unread, version: VERSION,
    }),
    consent(given) {
      core.agreed = !!given;
      if (body) body.consented();
      else if (!given) forget();
      core.emit("consent", { given: !!given });
      more();
    },
    on: (name, listener) => exchanged.on(name, listener),
    once(name, listener) {
      const off = exchanged.on(name, (event) => {
        off();
        listener(event);
      });
      return off;
    },
    off: (name, listener) => exchanged.off(name, listener),
    // Off the page, for now: who the customer is and what they wrote, did and agreed to is nobody's to delete.
    unmount() {
      if (alive) stop();
    },
    // On log-out. What the page said, and who listens, is the page's own.
    destroy() {
      stop();
      forget();
      core.identity = core.agreed = core.attributes = core.tags = null;
      core.prefill = EMPTY();
      core.data = {};
      core.emit("destroy");
    },
  };

  function Signpost(verb, ...given) {
    try {
      if (!verbs[verb]) throw new TypeError(`Signpost: no verb “${verb}” among ${Object.keys(verbs)}`);
      return verbs[verb](...given);
    } catch (error) {
      console.warn(error); // A wrong call must not stop the page's own script.
      core.emit("error", { code: "bad_call", message: String(error.message) });
    }
  }
  Signpost.version = VERSION;

  function setLanguage() {
    const site = core.config || core.known || {};
    const offered = (site.languages || BUILT_IN).concat(Object.keys(core.settings.strings || {}));
    const wanted = [core.settings.locale, doc.documentElement.lang, ...(navigator.languages || [])];
    core.lang = nearest(wanted, offered) || site.default_language || "en";
    if (core.lang === spoken) return;
    spoken = "";
    core.words = { ...firstWords(core.lang), ...(core.config ? site.words : site.words?.[core.lang]), ...core.settings.strings?.[core.lang] };
  }

  // All words, in the customer's language or, where nobody wrote them, in English.
  function speak() {
    const lang = core.lang;
    if (spoken === lang) return Promise.resolve();
    const words = (tag) => request(`${hostOf(core.settings)}widget/strings/${encodeURIComponent(tag)}.json`);
    return words(lang).catch((failure) => {
      if (failure.status !== 404) throw failure;
      return words("en");
    }).then((found) => {
      if (core.lang !== lang) return speak();
      spoken = lang;
      core.words = { ...firstWords(lang), ...found, ...core.settings.strings?.[lang] };
    });
  }

  function configured() {
    if (core.config) return Promise.resolve(core.config);
    if (!alive) return Promise.reject(new Error("not running"));
    const life = born;
    asked ||= configuration(core.settings, core.lang).then((config) => {
      if (life !== born) throw new Error("too late");
      core.config = config;
      setLanguage();
      if (core.shell) refresh();
      return config;
    }).catch((failure) => {
      asked = null;
      if (life === born) failed = true;
      // Whoever only comes near the launcher has asked for nothing yet.
      if (life === born && (core.used || !core.known)) core.emit("error", { code: "unreachable", message: failure.message });
      throw failure;
    });
    return asked;
  }

  // Before the customer acts: one element, one button, nothing stored.
  function start() {
    if (!alive || due) return;
    due = true;
    const life = born;
    const show = () => {
      if (life !== born) return;
      if (core.config || core.known) {
        core.ready = true;
        core.emit("ready", { site: core.settings.site, lang: core.lang });
      }
      launch();
      more();
    };
    if (core.known) show();
    else configured().then(show, show);
    suggestFor(active());
  }

  function launches() {
    return due && !hidden && !look(core).hidden && (core.config || core.known || hasWays(core));
  }

  // After every change of the page: what it took away that is ours comes back, what is left of what went goes.
  function keep() {
    if (!alive || !doc.documentElement) return;
    listen(); // `document.open` takes listeners away; adding one twice is adding it once.
    const old = core.shell;
    if (old && (!old.node.isConnected || body?.lost()) && (restored += 1) < 200) {
      if (old.hears()) {
        old.place(body?.where());
      } else {
        closeBasic(true);
        old.node.remove();
        core.shell = button = null;
        stand();
      }
      launch();
      if (body) body.restored(old !== core.shell);
    }
    body?.sweep();
  }

  function listen() {
    for (const [type, then] of heard) addEventListener(type, then, true);
  }

  // Above what fills the screen only what somebody opened; and back when it is over.
  function onFullscreen() {
    if (!isOpen() && doc.fullscreenElement) return;
    core.shell?.place(body?.where());
    body?.restored();
  }

  function stand() {
    if (core.shell) return;
    const node = doc.createElement(TAG);
    node.signpost = true;
    node.setAttribute(OWN, "");
    core.shell = shell(node, false, dress, core.observe);
    core.shell.place();
    core.shell.dress(core);
    core.shell.place(); // Now it can be measured where it landed.
  }

  function refresh() {
    dress();
    launch();
  }

  function launch() {
    if (!launches()) {
      if (button) { button.remove(); button = null; }
      return;
    }
    stand();
    const fresh = launcherButton(core, {
      onClick: () => wish || verbs.toggle(), onNear: () => { configured().catch(() => {}); }, onSoon: () => { load().catch(() => {}); },
    });
    if (!button) {
      core.shell.frame.append(button = fresh);
      core.expanded(isOpen());
    }
    // Changed and not replaced: a finger may be on it.
    for (const name of ["className", "textContent", "ariaLabel"]) button[name] = fresh[name];
    button.style.cssText = fresh.style.cssText;
    core.more?.mark?.(button);
  }

  function dress() {
    core.shell?.dress(core);
    body?.dressed();
  }

  core.expanded = (open) => {
    button?.setAttribute("aria-expanded", String(open));
    core.shell?.frame.toggleAttribute("data-open", open);
  };
  core.from = () => (opener?.isConnected ? opener : active()) || doc.body;
  core.back = () => {
    core.shell?.place();
    const to = opener?.isConnected ? opener : button;
    opener = null;
    to?.focus?.({ preventScroll: true });
  };
  // Whether somebody's token is for this site, as far as one can tell here.
  core.vouched = () => !!core.identity && (body ? body.vouched() : fits(core.identity, core));
  core.speak = speak;
  core.configured = configured;
  core.fetched = fetched;
  core.stand = stand;
  core.basic = () => closeBasic();

  function isOpen() {
    return !!basic || !!body?.isOpen();
  }

  function load() {
    if (!alive) return Promise.reject(new Error("not running"));
    const life = born;
    loading ||= Promise.all([fetched("body", BODY_INTEGRITY), configured().catch(() => {}).then(speak)]).then(([module]) => {
      if (life !== born) throw new Error("too late");
      body = module.default(core);
      define();
      return body;
    }).catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  }

  // What is wanted before anything is opened, where the page gave a reason; without one nothing is read on this device.
  function more() {
    if (core.more) core.more.changed?.();
    else if (core.ready && (core.messages || core.identity || core.agreed)) {
      const life = born;
      core.more = {};
      fetched("more", MORE_INTEGRITY).then((module) => { if (life === born) core.more = module.default(core); }).catch(() => {});
    }
  }

  // import() and not a script element: its address is no sink of Trusted Types, and the loader's nonce goes with it.
  // Where browsers can check it, the hash in the loader vouches for the body.
  function fetched(name, integrity) {
    const url = `${hostOf(core.settings)}widget/${VERSION}/${name}.js`;
    return checked(url, integrity).then(() => import(url));
  }

  function checked(url, integrity) {
    const link = doc.createElement("link");
    if (!link.relList?.supports?.("modulepreload")) return Promise.resolve();
    return new Promise((resolve, reject) => {
      link.rel = "modulepreload";
      link.integrity = integrity;
      link.crossOrigin = "anonymous";
      link.nonce = core.nonce;
      link.onload = () => { link.remove(); resolve(); };
      link.onerror = () => { link.remove(); reject(new Error()); };
      link.href = url;
      doc.head.append(link);
    });
  }

  // Open with the body; with what is known if it is not here within three seconds.
  function use(verb, ...given) {
    if (!alive) {
      if (born) throw new TypeError("Signpost: call “init” first");
      wish = [verb, given]; // What was called before the first `init` waits for it.
      return;
    }
    if (!isOpen()) opener ||= focused();
    core.used = true;
    start();
    if (body) return void body[verb](...given);
    stand();
    const life = born;
    wish = [verb, given];
    core.shell.frame.setAttribute("data-busy", "");
    const timer = setTimeout(late, PATIENCE);
    load().then((loaded) => {
      clearTimeout(timer);
      if (life !== born || !wish) return;
      unbusy();
      const [wanted, values] = wish;
      wish = null;
      closeBasic(true);
      loaded[wanted](...values);
    }).catch((error) => { clearTimeout(timer); late(error); });

    function late(error) {
      if (life !== born || body || !wish) return;
      unbusy();
      core.emit("error", { code: "unreachable", message: error?.message || "the widget could not be loaded" });
      if (!hasWays(core) || basic) return;
      core.shell.place(core.from().closest("dialog[open]"));
      basic = basicPanel(core, core.shell, () => { wish = null; closeBasic(); });
      core.shell.frame.append(basic);
      core.expanded(true);
      basic.focus({ preventScroll: true });
      core.emit("open", { view: "channels" });
    }
  }

  function closeBasic(quietly) {
    if (!basic) return;
    basic.remove();
    basic = null;
    if (quietly) return;
    core.expanded(false);
    core.emit("close", {});
    core.back();
  }

  function unbusy() {
    core.shell?.frame.removeAttribute("data-busy");
  }

  function focused() {
    const node = active();
    return node && node !== doc.body && !node.closest(TAG) && node.getRootNode() !== core.shell?.root ? node : null;
  }

  // `data-signpost-open`: empty, `contact`, `status`, `search:refund`, `article:return-an-item`. Where nothing could be
  // shown, a link stays the link it is.
  // Heard before the page hears it: a menu that stops clicks does not stop this one, and a router finds it prevented.
  function onPageClick(event) {
    start();
    const target = event.composedPath().find((one) => one.hasAttribute?.("data-signpost-open"));
    if (!target || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (failed && !core.config && !core.known && !asked && !hasWays(core)) return;
    event.preventDefault();
    const life = born;
    // Once the page has done what it does on a click.
    setTimeout(() => { if (life === born) openFrom(target); });
  }

  function openFrom(target) {
    opener = target;
    const [, name, about] = /^([^:]*):?(.*)$/.exec(target.getAttribute("data-signpost-open"));
    if (/^(contact|status)$/.test(name)) Signpost(name);
    else if (/^(search|article)$/.test(name) && about) Signpost(name, about);
    else if (isOpen() && !name) Signpost("close");
    else Signpost("open");
  }

  // The site's own form: suggestions appear below a field once somebody is in it.
  function onPageFocus(event) {
    suggestFor(event.composedPath()[0]);
  }

  function suggestFor(field) {
    if (!field?.hasAttribute?.("data-signpost-suggest") || field.signpost) return;
    field.signpost = true;
    const life = born;
    load().then(() => { if (life === born) body.attach(field); }).catch(() => { field.signpost = false; });
  }

  function stop() {
    alive = due = failed = false;
    born += 1;
    restored = 0;
    exchanged.rest();
    observer.disconnect();
    scheme.removeEventListener("change", dress);
    for (const [type, then] of heard) removeEventListener(type, then, true);
    body?.stop();
    core.more?.stop?.();
    core.shell?.node.remove();
    body = loading = basic = button = opener = wish = asked = core.shell = core.config = core.known = core.more = core.ready = null;
  }

  function forget() {
    for (const kind of ["localStorage", "sessionStorage"]) for (const end of ["", ":seen"]) entry(kind, core.settings, end).forget();
  }

  // <signpost-widget> where and when the page puts it: the same panel, in the flow of the page, open from the start.
  // Without a site it waits for `init`.
  function define() {
    if (defined) return;
    defined = true;
    try {
      customElements.define(TAG, class extends HTMLElement {
        connectedCallback() {
          if (this.signpost || elements.has(this)) return;
          if (this.hasAttribute(OWN)) { // A copy of ours, from a page that was kept and put back.
            this.remove();
            return;
          }
          elements.add(this);
          const given = fromAttributes(this);
          if (given.site && given.site !== core.settings.site || given.site && !alive) Signpost("init", { launcher: "none", ...given });
          else if (alive) embed(this);
        }
        disconnectedCallback() {
          // Unless it was only moved.
          setTimeout(() => {
            if (this.isConnected || !elements.delete(this) || !body) return;
            body.unembed(this);
          });
        }
      });
    } catch { /* No custom elements here, or a page that took the name: the launcher works without. */ }
  }

  function embed(node) {
    const life = born;
    const place = shell(node, true, dress);
    core.used = true;
    place.dress(core);
    load().then(() => {
      if (life === born && node.isConnected) body.embed(place);
    }).catch(() => {
      if (life === born && hasWays(core)) place.frame.append(basicPanel(core, place, () => {}));
    });
  }

  if (script?.dataset?.site) Signpost("init");
  for (let at = 0; queue && at < queue.length; at += 1) Signpost(...queue[at]);
  if (!script) define();
  else if (!alive) idle(define);
  return Signpost;
}

// When the page has done its own work. After a click browsers may find no idle moment for seconds, and a page that starts
// the widget then (a log-in, a consent) has long been loaded.
// One slow picture must not keep help away: three seconds after the document is parsed is long enough.
function idle(then) {
  let done = false;
  const once = () => {
    if (!done) then();
    done = true;
  };
  const later = (most) => (window.requestIdleCallback ? requestIdleCallback(once, { timeout: most }) : setTimeout(once, 200));
  const parsed = () => setTimeout(once, 2900);
  if (doc.readyState === "complete") {
    later(300);
    return;
  }
  addEventListener("load", () => later(2900), { once: true });
  if (doc.readyState === "loading") doc.addEventListener("DOMContentLoaded", parsed, { once: true });
  else parsed();
}

// As a script: the one global, taking over what was called before it was here. A second copy leaves the first alone.
// `sites` came with the script, for its own help centre.
export function install(sites) {
  const before = window.Signpost;
  if (before?.version) return;
  try {
    window.Signpost = begin(doc.currentScript, before?.q || [], sites);
  } catch (error) {
    console.warn(error); // The page goes on without us.
  }
}
