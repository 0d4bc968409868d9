// This visit, for the help centre's own figures: a random id in sessionStorage, gone with the tab, and what only the page
// knows (opened, read, left by another channel). Where the browser or the operator said no, the server leaves out
// `data-recorded`, and nothing here does anything.
import { below, entryName } from "./place.js";

const VISIT = entryName("visit");
const ENDPOINT = `${below}/api/v1/events`;

export function visit() {
  if (!("recorded" in document.body.dataset) || navigator.globalPrivacyControl) return "";
  try {
    let id = window.sessionStorage.getItem(VISIT);
    if (!id) {
      id = Array.from(window.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
      window.sessionStorage.setItem(VISIT, id);
    }
    return id;
  } catch {
    return "";
  }
}

function send(body) {
  // Survives the page, which is often left by the very click that is reported.
  fetch(ENDPOINT, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), keepalive: true }).catch(() => {});
}

export function report(name, data, lang = document.documentElement.lang) {
  const id = visit();
  if (id) send({ visit: id, name, lang, data });
}

// What the server recorded for this page belongs to this visit, and so does every form sent from it.
export function nameVisit() {
  const id = visit();
  if (!id) return;
  const claim = document.body.dataset.recorded.split(" ").filter(Boolean);
  if (claim.length) send({ visit: id, claim });
  document.addEventListener("submit", ({ target: form }) => {
    if (form.method !== "post" || form.elements.namedItem("visit")) return;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "visit";
    field.value = id;
    form.append(field);
  });
  document.addEventListener("click", (event) => {
    const channel = event.target.closest("a[data-channel]");
    if (channel) report("channel_chosen", { channel: channel.dataset.channel });
  });
}

// How far down its text has been in view, 0 to 1.
export function depthOf(prose) {
  const box = prose.getBoundingClientRect();
  return box.height ? Math.min(1, Math.max(0, (window.innerHeight - box.top) / box.height)) : 0;
}
