// Where the widget belongs and how it is to look: script attributes, what `init` was given, and the site's
// configuration. Who said it later and nearer to the page wins.
import { doc } from "./base.js";
import { request } from "./request.js";

const NAMES = ["site", "host", "locale", "mode", "accent", "position", "offset", "zIndex", "launcher", "launcherText", "launcherIcon", "context", "email", "phone", "contactUrl"];

export const own = __OWN_ADDRESS__;

// What a caller may hand over: texts by their names, and tables for theme and strings.
export function fromAttributes(node) {
  const found = {};
  if (!node) return found;
  for (const name of NAMES) {
    const attribute = name.replace(/[A-Z]/g, (big) => `-${big.toLowerCase()}`);
    const value = node.getAttribute(`data-${attribute}`) ?? (node.localName === "signpost-widget" ? node.getAttribute(attribute) : null);
    if (value !== null) found[name] = value;
  }
  return found;
}

// The folder the loader was served from, which is the help centre's own address.
export function hostOf(settings) {
  const named = settings.host || own.replace(/widget(?:\.m?js|\/).*$/, "");
  return named ? new URL(named, doc.baseURI).href.replace(/\/*$/, "/") : "";
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
export function look(settings, config) {
  const theme = (config && config.theme) || {};
  const said = settings.theme || {};
  const one = (name, other) => said[name] ?? settings[name] ?? theme[other || name];
  const offset = String(one("offset") ?? "").split(/[ ,]+/).filter(Boolean).map(Number);
  return {
    mode: one("mode") || "auto",
    accent: one("accent") || "",
    position: String(one("position") || "bottom-end"),
    block: offset[0] >= 0 ? offset[0] : 20,
    inline: (offset[1] ?? offset[0]) >= 0 ? offset[1] ?? offset[0] : 20,
    zIndex: parseInt(one("zIndex", "z_index"), 10),
    text: one("launcherText", "launcher_text"),
    icon: one("launcherIcon", "launcher_icon") || "question",
    hidden: one("launcher") === "none" || one("launcher") === false,
  };
}

// The ways to a person that are known without asking anybody: the configuration's, else what the page itself says.
export function channels(settings, config) {
  const found = [];
  for (const one of (config && config.channels) || []) if (one.kind !== "form" && (one.href || one.value)) found.push(one);
  const given = (kind, value, href) => {
    if (value && !found.some((one) => one.href === href)) found.push({ kind, value, href });
  };
  given("email", settings.email, `mailto:${settings.email}`);
  given("phone", settings.phone, `tel:${String(settings.phone).replace(/[^\d+]/g, "")}`);
  return found;
}

export function contactUrl(settings, config) {
  const url = settings.contactUrl || (config && config.contact_url) || "";
  return /^(https?:|mailto:|\/)/i.test(url) ? url : "";
}
