// What is being written, kept in this tab (sessionStorage) for a day, until it is sent or cleared, so that a reload or a
// lost connection costs nobody their words. No files, no consents. Not where the page said that nothing may be stored.
import { json } from "./text.js";

const LASTS = 864e5;

export function draftStore(core) {
  const place = () => `signpost:${core.settings.site}`;

  function forget() {
    try {
      sessionStorage.removeItem(place());
    } catch { /* Nothing could be kept here. */ }
  }

  return {
    read() {
      try {
        const { at, draft } = JSON.parse(sessionStorage.getItem(place()));
        if (Date.now() - at < LASTS && draft.typed) return draft;
      } catch { /* There is none, or something else wrote there. */ }
      return {};
    },
    // Whether it is kept now. A message that was posted goes along with its key: sent again it is the same one.
    write({ typed, who, key }, sent) {
      const again = typeof sent === "string" && { key, sent };
      if (core.agreed === false || !(again || Object.keys(typed).length)) {
        forget();
        return false;
      }
      try {
        sessionStorage.setItem(place(), json({ at: Date.now(), draft: { typed, who, ...again } }));
        return true;
      } catch {
        return false;
      }
    },
    forget,
  };
}
