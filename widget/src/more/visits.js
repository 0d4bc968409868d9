// What a device remembers of pages visited and messages closed, beside the requests and only after consent to storage.
import { json } from "../body/text.js";

const PAGES = 50;
const CLOSED = 100;

export function visits(core) {
  const { entry } = core.lent;
  const place = () => entry("localStorage", core.settings, ":seen");

  // Whether anything may be stored: somebody said so, here or when they chose to keep a request on this device.
  function allowed() {
    return core.agreed ?? !!entry("localStorage", core.settings).read();
  }

  function read() {
    const found = place().read();
    const texts = (value) => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);
    return { count: found?.count > 0 ? Math.floor(found.count) : 0, pages: texts(found?.pages), closed: texts(found?.closed) };
  }

  function write(seen) {
    return place().write(json({ v: 1, count: seen.count, pages: seen.pages.slice(-PAGES), closed: seen.closed.slice(-CLOSED) }));
  }

  return {
    allowed,
    read,
    // One more page, without its query and fragment; false where it cannot be kept.
    arrived(address) {
      const { origin, pathname } = new URL(address);
      const seen = read();
      const page = (origin + pathname).slice(0, 300);
      return write({ ...seen, count: seen.count + 1, pages: [...seen.pages.filter((one) => one !== page), page] });
    },
    close(id) {
      const seen = read();
      write({ ...seen, closed: [...seen.closed.filter((one) => one !== id), id] });
    },
    forget: () => place().forget(),
  };
}
