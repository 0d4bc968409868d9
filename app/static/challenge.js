// A small computing task, worked on while somebody types: it starts with the first input, in a worker, and is not seen.
// Nothing waits for it. Where it cannot run or is not finished, the form is sent without, and other signs are weighed.
const RENEW = 50 * 60 * 1000; // It lasts for an hour.

/** Fill `field` (an input with `data-challenge-url`) as soon as there is something to put in. */
export function challenge(form, field) {
  let worker = null;
  let timer = 0;

  async function begin() {
    window.clearTimeout(timer);
    timer = window.setTimeout(begin, RENEW);
    try {
      const response = await fetch(field.dataset.challengeUrl, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const task = await response.json();
      field.value = packed(task); // Unsolved it still says that the form was opened by a browser.
      worker?.terminate();
      worker = new Worker(new URL("./challenge-worker.js", import.meta.url), { type: "module" });
      worker.addEventListener("message", (event) => {
        if (Number.isInteger(event.data)) field.value = packed({ ...task, number: event.data });
        worker.terminate();
        worker = null;
      });
      worker.postMessage(task);
    } catch {
      // No worker, no connection: the form is sent without.
    }
  }

  // A page that comes back with errors still has its solution.
  if (!isSolved(field.value)) form.addEventListener("input", begin, { once: true });
  // Gone back to after sending, it needs a new one.
  window.addEventListener("pageshow", (event) => { if (event.persisted) { field.value = ""; begin(); } });
}

function isSolved(value) {
  try { return "number" in JSON.parse(window.atob(value)); } catch { return false; }
}

function packed(task) {
  return window.btoa(JSON.stringify(task));
}
