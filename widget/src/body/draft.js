// What is being written, kept in this tab (sessionStorage) for a day, until it is sent or cleared, so that a reload or a
// lost connection costs nobody their words. No files, no consents. Not where the page said that nothing may be stored.
import { entry } from "./from_loader.js";
import { json } from "./text.js";

const LASTS = 864e5;

export function draftStore(core) {
  const place = () => entry("sessionStorage", core.settings);
  const forget = () => place().forget();

  return {
    read() {
      const found = place().read();
      return Date.now() - found?.at < LASTS && found.draft?.typed ? found.draft : {};
    },
    // Whether it is kept now. A message that was posted goes along with its key: sent again it is the same one.
    write({ typed, who, key }, sent) {
      const again = typeof sent === "string" && { key, sent };
      if (core.agreed === false || !(again || Object.keys(typed).length)) {
        forget();
        return false;
      }
      return place().write(json({ at: Date.now(), draft: { typed, who, ...again } }));
    },
    forget,
  };
}
