// What this device may keep: nothing, until somebody agreed. References and status tokens of own requests, no more.

import { entry } from "./from_loader.js";
import { json } from "./text.js";

const KEPT = 20;

export function memory(core) {
  const place = () => entry("localStorage", core.settings);
  let here = []; // of this page's life, whatever was agreed

  function stored() {
    const found = place().read()?.requests;
    return Array.isArray(found) ? found.filter((one) => typeof one?.token === "string") : [];
  }

  function keep(requests) {
    return place().write(json({ v: 1, requests: requests.slice(-KEPT) }));
  }

  const all = () => {
    const found = stored();
    for (const one of here) if (!found.some((other) => other.token === one.token)) found.push(one);
    return found.slice(-KEPT);
  };

  return {
    all,
    keeps: () => stored().length > 0,
    add(request) {
      here = [...here, request].slice(-KEPT); // Older ones would come back as the newest.
      if (core.agreed || (core.agreed === null && stored().length)) keep(all());
    },
    // After consent was given or taken back.
    agreed() {
      if (core.agreed) return !here.length || keep(all());
      this.forget();
      return false;
    },
    // Keeps only those the server still knows, with how many answers the customer has seen of each.
    saw(states) {
      const known = (list) => {
        const found = [];
        for (const one of list) for (const { token, replies: seen } of states) if (token === one.token) found.push({ ...one, seen });
        return found;
      };
      here = known(here);
      if (stored().length) keep(known(stored()));
    },
    forget() {
      here = [];
      place().forget();
    },
  };
}
