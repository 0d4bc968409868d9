// Where the widget belongs and how it is to look: script attributes, what `init` was given, and the site's
// configuration. Who said it later and nearer to the page wins.
import { doc } from "./dom.js";
import { request } from "./request.js";

const NAMES = ["site", "host", "locale", "mode", "accent", "position", "offset", "zIndex", "launcher", "launcherText", "launcherIcon", "context", "email", "phone", "contactUrl"];

// The loader's own address, '' where nobody knows it.
export let own = "";

export function servedFrom(address) {
  own = address;
}

// What a caller may hand over: texts by their names, and tables for theme and strings.
export function fromAttributes(node) {
  const found = {};
  if (!node) return found;
  if (node.localName === "signpost-widget") {
    for (const name of NAMES) {
      const value = node.getAttribute(name.replace(/[A-Z]/g, (big) => `-${big.toLowerCase()}`));
      if (value !== null) found[name] = value;
    }
  }
  const said = { ...node.dataset };
  for (const name of Object.keys(said)) if (NAMES.includes(name)) found[name] = said[name];
  return found;
}

// The folder the loader was served from, which is the help centre's own address.
export function hostOf(settings) {
  const named = settings.host || own.replace(/widget(?:\.m?js|\/).*$/, "");
  return named ? new URL(named, doc.baseURI).href.replace(/\/*$/, "/") : "";
}

// What the script brought of a site whose pages this one is among: enough to show the launcher without a question.
// The sites' keys and origins come as signs of them, so that the script is no list of anybody's sites.
export function known(sites, key) {
  const port = location.port || { "http:": 80, "https:": 443 }[location.protocol] || 0;
  const signs = [sign(`${key} ${self.origin}`)]; // "null" where the browser gives the page none, whatever its address.
  for (let host = self.origin === "null" ? "" : location.hostname; host; ) {
    for (const end of [port, "*"]) signs.push(sign(`${key} ${location.protocol}//${host}:${end}`));
    const dot = host.indexOf(".") + 1;
    host = dot ? `*${host.slice(dot)}` : "";
  }
  return (sites || []).find((one) => one.at.some((at) => signs.includes(at))) || null;
}

// FNV-1a of 32 bits (draft-eastlake-fnv): not secret, only not plain.
function sign(text) {
  let sum = 2166136261;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 16777619);
  return sum >>> 0;
}

export function siteUrl(settings, path, query = {}) {
  let text = "";
  const all = { ...query, site: settings.site };
  for (const key of Object.keys(all)) if (all[key]) text += `${text ? "&" : "?"}${key}=${encodeURIComponent(all[key])}`;
  return hostOf(settings) + path + text;
}

export function configuration(settings, lang) {
  return request(siteUrl(settings, `api/v1/sites/${encodeURIComponent(settings.site)}`, { lang }));
}

// How it looks: the configuration's theme, with what the page said over it.
export function look({ settings, config, known, lang }) {
  const theme = (config || known)?.theme || {};
  const said = settings.theme || {};
  const one = (name, other) => said[name] ?? settings[name] ?? theme[other || name];
  const apart = one("offset") ?? "";
  const offset = apart === "" ? [] : String(apart).split(/[ ,]+/).filter(Boolean).map(Number);
  return {
    mode: one("mode") || "auto",
    accent: one("accent") || "",
    position: String(one("position") || "bottom-end"),
    block: offset[0] >= 0 ? offset[0] : 20,
    inline: (offset[1] ?? offset[0]) >= 0 ? offset[1] ?? offset[0] : 20,
    zIndex: parseInt(one("zIndex", "z_index"), 10),
    text: inLanguage(one("launcherText", "launcher_text"), lang),
    icon: one("launcherIcon", "launcher_icon") || "question",
    hidden: one("launcher") === "none" || one("launcher") === false,
  };
}

// What came with the loader has its texts in every language of the site.
export function inLanguage(text, lang) {
  return text && typeof text === "object" ? text[lang] || Object.values(text)[0] : text;
}

// The ways to a person that are known without asking anybody: the site's, else what the page itself says.
export function channels({ settings, config, known }) {
  const found = [];
  for (const one of (config || known)?.channels || []) if (one.kind !== "form" && (one.href || one.value)) found.push(one);
  const given = (kind, value, href) => {
    if (value && !found.some((one) => one.href === href)) found.push({ kind, value, href });
  };
  given("email", settings.email, `mailto:${settings.email}`);
  given("phone", settings.phone, `tel:${String(settings.phone).replace(/[^\d+]/g, "")}`);
  return found;
}

export function contactUrl({ settings, config, known, lang }) {
  const url = settings.contactUrl || (config ? config.contact_url : known && hostOf(settings) + inLanguage(known.contact, lang)) || "";
  return /^(https?:|mailto:|\/)/i.test(url) ? url : "";
}
