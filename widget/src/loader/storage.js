// One entry of the browser's storage, which may be missing, forbidden or full, or written by somebody else.
export function entry(kind, settings, end = "") {
  const key = `signpost:${settings.site}${end}`;
  const attempt = (then) => {
    try {
      return then(window[kind]);
    } catch {
      return null;
    }
  };
  return {
    read: () => attempt((all) => JSON.parse(all.getItem(key))),
    // Whether it is kept now.
    write: (text) => !!attempt((all) => { all.setItem(key, text); return true; }),
    forget: () => attempt((all) => all.removeItem(key)),
  };
}
