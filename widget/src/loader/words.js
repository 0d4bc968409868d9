// The few words that are needed before anything is opened; the rest comes with the body.

export const BUILT_IN = ["en", "tr", "zh-Hant", "zh-Hans"];

// By the build (`widget/bundle.js`): the names of these words, and for each language the words in that order.
const [KEYS, FIRST] = FIRST_WORDS;

export function firstWords(lang) {
  const found = {};
  FIRST.en.forEach((text, at) => { found[KEYS[at]] = (FIRST[lang] || [])[at] || text; });
  return found;
}

export function direction(lang, words) {
  return words._dir || (/^(ar|arc|ckb|dv|fa|ha-arab|he|ks|ps|sd|ug|ur|yi)\b/i.test(lang) ? "rtl" : "ltr");
}

// The language of the nearest kind to what the page says, out of those there are.
export function nearest(wanted, offered) {
  const known = { "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant", "zh-cn": "zh-hans", "zh-sg": "zh-hans", zh: "zh-hans" };
  for (const one of wanted) {
    let tag = String(one || "").toLowerCase();
    for (; tag; tag = tag.slice(0, Math.max(0, tag.lastIndexOf("-")))) {
      const asked = known[tag] || tag;
      for (const other of offered) if (other.toLowerCase() === asked) return other;
      for (const other of offered) if (other.toLowerCase().split("-")[0] === asked && !asked.startsWith("zh")) return other;
    }
  }
  return "";
}
