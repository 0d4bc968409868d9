// The help centre's check against robots: a small sum, done in slices while somebody types, so that nothing is felt of
// it. No worker: a page's policy rarely allows one from elsewhere. Where it cannot be done, the message goes without.

import { hex, json } from "./text.js";

const SLICE = 60;

// {proof()}: what to send as `altcha`, solved or as far as it is.
export function work(api) {
  let task = null;
  let number;
  api.challenge().then((given) => {
    task = given;
    if (crypto.subtle) slice(0);
  }, () => {});

  function slice(from) {
    const count = Math.min(SLICE, task.maxnumber - from + 1);
    if (count <= 0) return;
    const encoder = new TextEncoder();
    const sums = [];
    for (let at = 0; at < count; at += 1) sums.push(crypto.subtle.digest("SHA-256", encoder.encode(task.salt + (from + at))));
    Promise.all(sums).then((found) => {
      const at = found.findIndex((sum) => hex(new Uint8Array(sum)) === task.challenge);
      if (at >= 0) number = from + at;
      else setTimeout(slice, 0, from + count);
    }, () => {});
  }

  return {
    proof: () => (task ? btoa(json({ ...task, number })) : undefined),
  };
}
