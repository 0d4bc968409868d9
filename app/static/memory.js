// What this device remembers. `recent`: searches, in localStorage, written only after a search and cleared by a button.
// `journey`: this visit's searches and opened articles, in sessionStorage, which the contact form hands over
// so that nobody has to explain twice. Both do nothing where storage is forbidden.

import { entryName } from "./place.js";

const RECENT = entryName("recent");
const JOURNEY = entryName("journey");
const RECENT_MAX = 6;
const QUERIES_MAX = 20;
const SUGGESTIONS_MAX = 30;

function read(storage, key, fallback) {
  try {
    return JSON.parse(window[storage].getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function write(storage, key, value) {
  try {
    window[storage].setItem(key, JSON.stringify(value));
  } catch { /* Full or forbidden: nothing depends on it. */ }
}

export const recent = {
  all() {
    const found = read("localStorage", RECENT, []);
    return Array.isArray(found) ? found.filter((query) => typeof query === "string") : [];
  },
  add(query) {
    const others = recent.all().filter((other) => other.toLowerCase() !== query.toLowerCase());
    write("localStorage", RECENT, [query, ...others].slice(0, RECENT_MAX));
  },
  clear() {
    try {
      window.localStorage.removeItem(RECENT);
    } catch { /* Then there was nothing either. */ }
  },
};

export const journey = {
  read() {
    const found = read("sessionStorage", JOURNEY, {});
    return { queries: Array.isArray(found.queries) ? found.queries : [], suggestions: Array.isArray(found.suggestions) ? found.suggestions : [] };
  },
  searched(text, verdict) {
    const trip = journey.read();
    if (trip.queries.at(-1)?.text === text) return;
    trip.queries = [...trip.queries, { text, verdict: verdict || "", at: new Date().toISOString() }].slice(-QUERIES_MAX);
    write("sessionStorage", JOURNEY, trip);
  },
  shown(slug, lang, title) {
    const trip = journey.read();
    if (trip.suggestions.some((one) => one.slug === slug && one.lang === lang)) return;
    trip.suggestions = [...trip.suggestions, { slug, lang, title: title || "", opened: false }].slice(-SUGGESTIONS_MAX);
    write("sessionStorage", JOURNEY, trip);
  },
  opened(slug, lang) {
    const trip = journey.read();
    for (const one of trip.suggestions) if (one.slug === slug && (!lang || one.lang === lang)) one.opened = true;
    write("sessionStorage", JOURNEY, trip);
  },
  wasRead(slug, lang, seconds) {
    const trip = journey.read();
    const one = trip.suggestions.find((other) => other.slug === slug && other.lang === lang);
    if (!one) return;
    one.seconds_read = Math.min(86400, Math.round((one.seconds_read || 0) + seconds));
    write("sessionStorage", JOURNEY, trip);
  },
};
