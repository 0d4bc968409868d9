// The widget for pages that are built with npm. Nothing of it is bundled: the help centre's own loader is fetched when
// `init` is called, so that page and help centre always fit, and calls made before it is here wait in its queue. On a
// server, where there is no page, everything does nothing.
const onPage = typeof window !== "undefined" && typeof document !== "undefined";
const REST = Object.freeze({ site: "", lang: "", ready: false, open: false, view: "", identified: false, consent: null, unread: 0, version: "" });
const CHANGES = ["ready", "open", "close", "view", "unread", "locale", "consent", "destroy"];

const scripts = new Map(); // by address: whether it came

// The one global, which other scripts of the page (a tag manager) may have begun too.
function call(verb, ...given) {
  if (!onPage) return undefined;
  window.Signpost = window.Signpost || function queue() { (queue.q = queue.q || []).push(arguments); };
  return window.Signpost(verb, ...given);
}

function here() {
  return onPage && !!window.Signpost?.version;
}

function address(host, version) {
  const base = new URL(host, document.baseURI).href.replace(/\/*$/, "/");
  return version ? `${base}widget/${encodeURIComponent(version)}/loader.js` : `${base}widget.js`;
}

function fetchLoader({ host, nonce, version, integrity }) {
  if (here()) return Promise.resolve(true);
  const url = address(host, version);
  if (!scripts.has(url)) {
    scripts.set(url, inject(url, nonce, integrity).then((came) => {
      if (!came) scripts.delete(url); // The next `init` tries again.
      return came;
    }));
  }
  return scripts.get(url);
}

function inject(url, nonce, integrity) {
  return new Promise((resolve) => {
    const script = document.createElement("script");
    script.async = true;
    if (nonce) script.nonce = nonce;
    if (integrity) {
      script.integrity = integrity;
      script.crossOrigin = "anonymous";
    }
    script.onload = () => resolve(here());
    script.onerror = () => {
      script.remove();
      resolve(false);
    };
    try {
      script.src = url;
    } catch {
      // Trusted Types are demanded: import() is none of their sinks.
      const module = url.replace(/\.js$/, ".mjs");
      import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ module).then((found) => {
        const waiting = window.Signpost?.q || [];
        window.Signpost = found.default;
        for (const one of waiting) window.Signpost(...one);
        resolve(true);
      }, () => resolve(false));
      return;
    }
    document.head.append(script);
  });
}

// Begins, or begins anew with other options. Without `host` the page has the loader's script itself. Resolves with
// whether the help centre's script came; it never rejects.
export function init(options = {}) {
  if (!onPage) return Promise.resolve(false);
  const { host, nonce, version, integrity, ...rest } = options;
  call("init", rest);
  return host ? fetchLoader({ host, nonce, version, integrity }) : Promise.resolve(here());
}

let mounts = 0;
let running = "";
let leaving = 0;

// For frameworks: begins, and returns what ends it again without logging anybody out. Mounting the same options twice,
// or again at once (React's StrictMode, hot reload), changes nothing.
export function mount(options) {
  if (!onPage) return () => {};
  clearTimeout(leaving);
  mounts += 1;
  const wanted = JSON.stringify(options);
  if (wanted !== running) {
    running = wanted;
    init(options);
  }
  let over = false;
  return () => {
    if (over) return;
    over = true;
    mounts -= 1;
    if (mounts) return;
    leaving = setTimeout(() => {
      running = "";
      call("unmount");
    });
  };
}

export const open = () => { call("open"); };
export const close = () => { call("close"); };
export const toggle = () => { call("toggle"); };
export const hide = () => { call("hide"); };
export const show = () => { call("show"); };
export const search = (text) => { call("search", text); };
export const suggest = (about) => { call("suggest", about); };
export const article = (slug, lang) => { call("article", slug, lang); };
export const contact = (values) => { call("contact", values); };
export const status = () => { call("status"); };
export const identify = (token) => { call("identify", token); };
export const prefill = (values) => { call("prefill", values); };
export const attributes = (values) => { call("attributes", values); };
export const tags = (list) => { call("tags", list); };
export const messages = (list) => { call("messages", list); };
export const locale = (tag, words) => { call("locale", tag, words); };
export const theme = (values) => { call("theme", values); };
export const consent = (given) => { call("consent", given); };
export const unmount = () => { call("unmount"); };
export const destroy = () => { call("destroy"); };

// Returns a function that ends the listening, also while the loader is on its way.
export function on(name, listener) {
  let live = true;
  const heard = (event) => { if (live) listener(event); };
  call("on", name, heard);
  return () => {
    if (!live) return;
    live = false;
    call("off", name, heard);
  };
}

export function once(name, listener) {
  const off = on(name, (event) => {
    off();
    listener(event);
  });
  return off;
}

// How things stand, frozen. The same object until something changes, so that frameworks can compare it.
let known = REST;
export function state() {
  const now = (here() && call("state")) || REST;
  if (Object.keys(REST).some((name) => now[name] !== known[name])) known = Object.freeze({ ...REST, ...now });
  return known;
}

// Calls `changed` after every change of `state`; returns what ends it.
export function watch(changed) {
  const ends = CHANGES.map((name) => on(name, () => changed(state())));
  return () => { for (const end of ends) end(); };
}

export const serverState = REST;

const Signpost = {
  init, mount, open, close, toggle, hide, show, search, suggest, article, contact, status, identify, prefill, attributes, tags, messages,
  locale, theme, consent, on, once, state, watch, unmount, destroy,
};
export default Signpost;
