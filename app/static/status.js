// The status page kept up to date: asks for the part that changes while the page is looked at. Without this file the
// page is as it was when it was opened, and every button still works.

const EVERY = 20_000;
const SLOWEST = 300_000;
const place = document.querySelector("[data-live]");
const print = document.querySelector("[data-print]");

if (print) {
  print.hidden = false;
  print.querySelector("button").addEventListener("click", () => window.print());
}
if (place) follow(place);

function follow(place) {
  let known = "";
  let wait = EVERY;
  let timer = 0;
  ask();
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });

  async function ask() {
    window.clearTimeout(timer);
    if (document.hidden) return;
    try {
      const response = await fetch(place.dataset.url, { headers: known ? { "If-None-Match": known } : {}, cache: "no-store" });
      if (response.status === 200) {
        wait = EVERY;
        const first = !known;
        known = response.headers.get("ETag") || "";
        show(await response.text(), first);
      } else if (response.status !== 304) {
        wait = Math.min(wait * 2, SLOWEST);
        if (response.status === 404 || response.status === 410) return;
      } else {
        wait = Math.min(wait * 1.2, SLOWEST);
      }
    } catch {
      wait = Math.min(wait * 2, SLOWEST); // Without a connection: later again, less and less often.
    }
    timer = window.setTimeout(ask, wait);
  }

  function show(text, first) {
    // Our own page, parsed without running anything in it.
    const fresh = new DOMParser().parseFromString(text, "text/html").body;
    if (fresh.textContent.replace(/\s+/g, " ").trim() === place.textContent.replace(/\s+/g, " ").trim()) return;
    place.replaceChildren(...fresh.childNodes);
    const announcer = document.querySelector("[data-announcer]");
    if (announcer && !first) announcer.textContent = place.dataset.textNews;
  }
}
