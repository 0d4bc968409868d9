// What makes the desk quicker. Every page is whole without it.
import { entryName } from "./place.js";

const ticket = document.querySelector("[data-ticket]");
// As support/agents/redaction.py marks what it took out; a link in Markdown is none.
const GAP = /\[(?:name|agent|e-mail|address|number|link|detail)\](?![([:])/;

shortcuts();
sure();
inserting();
drafts();
unfilled();
sendKeys();
pulse();
bulk();
navigation();

// On a phone the navigation is one line that scrolls: where one is stands in its middle, and whole.
function navigation() {
  const nav = document.querySelector(".desk-nav");
  const here = nav?.querySelector("[aria-current]");
  if (!here || nav.scrollWidth <= nav.clientWidth) return;
  const [all, one] = [nav.getBoundingClientRect(), here.getBoundingClientRect()];
  nav.scrollLeft += one.left + one.width / 2 - all.left - all.width / 2;
}

// Single keys work outside of text fields, without modifiers, and only where their owner left them on.
function shortcuts() {
  const dialog = document.querySelector("[data-keys]");
  const link = document.querySelector("[data-help-link]");
  if (dialog && link) {
    link.addEventListener("click", (event) => { event.preventDefault(); link.closest("details").open = false; dialog.showModal(); });
  }
  if (!("shortcuts" in document.body.dataset)) return;
  let go = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    // The text editor stands in a tree of its own, of which the event's target is only the root.
    if (event.composedPath()[0].closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key;
    if (go && Date.now() - go < 1500) {
      go = 0;
      const way = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (way) { event.preventDefault(); way.click(); }
      return;
    }
    if (key === "g") { go = Date.now(); return; }
    if (key === "?" && dialog) { event.preventDefault(); dialog.showModal(); return; }
    if (key === "j" || key === "k") { if (step(key === "j" ? 1 : -1)) event.preventDefault(); return; }
    if (key === "o") { const here = document.activeElement; if (here && here.closest("[data-item]")) here.click(); return; }
    const place = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!place) {
      if (key === "/") { const way = document.querySelector('[data-go="q"]'); if (way) { event.preventDefault(); way.click(); } }
      return;
    }
    event.preventDefault();
    if (place.tagName === "SUMMARY") {
      place.parentElement.open = true;
      (place.parentElement.querySelector("textarea, select, input:not([type=hidden])") || place).focus();
    } else {
      place.focus();
      place.scrollIntoView({ block: "center" });
    }
  });
}

function step(by) {
  const links = [...document.querySelectorAll("[data-item] .desk-item__link")];
  if (!links.length) return false;
  const here = links.indexOf(document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, here === -1 ? (by > 0 ? 0 : links.length - 1) : here + by))];
  next.focus();
  return true;
}

function sure() {
  for (const button of document.querySelectorAll("[data-sure]")) {
    button.addEventListener("click", (event) => { if (!window.confirm(button.dataset.sure)) event.preventDefault(); });
  }
}

function inserting() {
  const field = document.querySelector("#reply-form textarea");
  if (!field) return;
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", (event) => { event.preventDefault(); insert(field, button.dataset.insert); });
  }
  const canned = document.querySelector("[data-insert-canned]");
  canned?.addEventListener("click", (event) => {
    const chosen = document.querySelector("[data-canned]").selectedOptions[0];
    if (chosen?.dataset.macro) return; // The server says what a macro changes.
    event.preventDefault();
    if (chosen?.dataset.text) insert(field, chosen.dataset.text);
  });
}

function insert(field, text) {
  const before = field.value.slice(0, field.selectionStart);
  const gap = before && !before.endsWith("\n") ? (before.endsWith(" ") || text.includes("\n") === false ? (before.endsWith(" ") ? "" : " ") : "\n\n") : "";
  const at = field.selectionStart + gap.length;
  field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, "end");
  const first = text.match(GAP); // The first thing to fill in is selected, so that typing fills it in.
  if (first) field.setSelectionRange(at + first.index, at + first.index + first[0].length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

// Asks before an answer goes out with a placeholder. The server asks too, but a page that comes back has lost its files.
function unfilled() {
  const form = document.querySelector("[data-text-gaps]");
  form?.addEventListener("submit", (event) => {
    if (!/^send(-solve)?(-next)?$/.test(event.submitter?.value || "")) return;
    const gaps = [...new Set(form.querySelector("textarea").value.match(new RegExp(GAP, "g")) || [])];
    if (!gaps.length) return;
    if (window.confirm(form.dataset.textGaps.replace("{gaps}", gaps.join(/^zh|^ja/.test(document.documentElement.lang) ? "、" : /^(ar|fa|ur)/.test(document.documentElement.lang) ? "، " : ", ")))) event.submitter.value += ":anyway";
    else event.preventDefault();
  });
}

// A half-written answer survives a closed tab. It is kept in this tab only and removed when it was sent.
function drafts() {
  try {
    const here = new URLSearchParams(window.location.search);
    if (here.has("before") && ["replied", "last"].includes(here.get("done"))) window.sessionStorage.removeItem(entryName(`draft:${here.get("before")}`));
  } catch { /* Storage is forbidden here. */ }
  const form = document.querySelector("[data-draft]");
  if (!form) return;
  const field = form.querySelector("textarea");
  const name = entryName(`draft:${form.dataset.draft}`);
  try {
    if (new URLSearchParams(window.location.search).get("done") === "replied") window.sessionStorage.removeItem(name);
    if (!field.value) field.value = window.sessionStorage.getItem(name) || "";
    field.addEventListener("input", () => {
      if (field.value) window.sessionStorage.setItem(name, field.value);
      else window.sessionStorage.removeItem(name);
    });
  } catch { /* Storage is forbidden here; the field itself still keeps the text. */ }
}

function sendKeys() {
  for (const field of document.querySelectorAll("[data-send-keys]")) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const button = (event.shiftKey && field.form.querySelector("[data-solve]")) || field.form.querySelector("[data-send]");
      field.form.requestSubmit(button || undefined);
    });
  }
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      window.setTimeout(() => { if (!event.defaultPrevented && !event.submitter?.formTarget) form.dataset.sent = "yes"; });
      // A download leaves the page where it is; the form may be sent again a moment later.
      window.setTimeout(() => { delete form.dataset.sent; }, 4000);
    });
    window.addEventListener("pageshow", () => { delete form.dataset.sent; });
  }
}

// Counts what is chosen, and opens the panel that changes it.
function bulk() {
  const form = document.querySelector("[data-bulk]");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=chosen]")];
  const panel = form.querySelector("[data-bulk-panel]");
  const count = form.querySelector("[data-bulk-count]");
  const all = form.querySelector("[data-bulk-all]");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    count.textContent = String(chosen);
    count.hidden = !chosen;
    if (chosen) panel.open = true;
  };
  all.hidden = false;
  all.addEventListener("click", () => { const on = boxes.some((box) => !box.checked); for (const box of boxes) box.checked = on; show(); });
  const topics = [...form.querySelectorAll("[data-bulk-topic]")]; // of articles: tickets have none
  if (topics.length) {
    const what = form.elements.change;
    const ask = () => { for (const one of topics) one.hidden = what.value !== "category"; };
    what.addEventListener("change", ask);
    ask();
  }
  form.addEventListener("change", show);
  show();
}

// Says who else has this ticket open and what is new, while it is open here.
function pulse() {
  if (!ticket) return;
  const box = ticket.querySelector("[data-others]");
  const words = ticket.querySelector("[data-others-text]");
  const field = ticket.querySelector("#reply-form textarea");
  const beat = async () => {
    if (document.hidden) return;
    const body = new FormData();
    body.set("seen", ticket.dataset.seen);
    body.set("writing", field && field.value.trim() ? "yes" : "no");
    try {
      const response = await fetch(ticket.dataset.pulseUrl, { method: "POST", body, headers: { "X-CSRF-Token": ticket.dataset.csrf } });
      if (!response.ok) return;
      const found = await response.json();
      const text = [...found.new, ...found.others].join(" · ");
      if (text !== words.textContent) words.textContent = text;
      box.hidden = !text;
    } catch { /* No connection just now; the next beat tries again. */ }
  };
  window.setInterval(beat, 15000);
  document.addEventListener("visibilitychange", beat);
  if (field) field.addEventListener("input", beat, { once: true });
}
