// One message, one ticket: the same key and the same bytes until the server has said yes or no.
import { hex, json } from "./text.js";

const PATIENCE = 10_000;
const PAUSES = [1500, 3000, 6000, 12_000, 30_000, 60_000];

export function newKey() {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

// What is posted: text/plain JSON, or a form with its files.
export function packed(values, files, key) {
  const all = { ...values, idempotency_key: key };
  if (!files.length) return json(all);
  const form = new FormData();
  for (const name of Object.keys(all)) {
    const value = all[name];
    if (value !== undefined && value !== null) form.append(name, typeof value === "object" ? json(value) : String(value));
  }
  for (const [name, file] of files) form.append(name, file, file.name);
  return form;
}

// Posts until there is an answer. `slow()` is called once it takes longer than a moment, `done(answer)` or
// `refused(failure)` at the end. Returns {now(), stop()}.
export function sending(body, api, { slow, done, refused }) {
  let attempt = 0;
  let timer = 0;
  let stopped = false;
  let busy = false;
  const notice = setTimeout(() => { if (!stopped) slow(); }, 2500);
  addEventListener("online", now);
  go();

  function go() {
    busy = true;
    api.send(body, PATIENCE).then((answer) => end(() => done(answer)), (failure) => {
      busy = false;
      if (stopped) return;
      if (failure.refused) {
        end(() => refused(failure));
        return;
      }
      slow();
      timer = setTimeout(go, PAUSES[Math.min(attempt, PAUSES.length - 1)]);
      attempt += 1;
    });
  }

  function now() {
    if (stopped || busy) return;
    clearTimeout(timer);
    go();
  }

  function end(then) {
    if (stopped) return;
    stop();
    then();
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    clearTimeout(notice);
    removeEventListener("online", now);
  }

  return { now, stop };
}
