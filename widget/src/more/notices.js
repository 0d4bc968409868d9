// Messages by rule: one line beside the launcher on the pages, after the time and the visits the page's owner named.
// Never without consent to storage, since one that was closed must stay closed; never over a field in use, nor over an
// open panel or dialog; it takes no focus.
import { delay, holds, valid } from "./rules.js";
import { visits } from "./visits.js";

const LOOK_EVERY = 1000;
const CROSS = "M6 6l12 12M18 6L6 18";
const FIELDS = "input:not([type=button]):not([type=submit]):not([type=reset]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]:not([contenteditable=false])";

// `wear` gives the launcher's tree the rules for it.
export function notices(core, wear) {
  const { active, doc, drawing, h, press } = core.lent;
  const device = visits(core);
  let address = ""; // the page that was counted
  let since = 0; // when somebody came to it
  let timer = 0;
  let shown = null; // {rule, node}
  const gone = []; // closed in this page's life
  look();

  function look() {
    clearTimeout(timer);
    const list = valid(core.messages);
    if (!list.length || !device.allowed()) {
      hide();
      return;
    }
    timer = setTimeout(look, LOOK_EVERY);
    const here = location.origin + location.pathname;
    if (here !== address) {
      address = here;
      since = Date.now();
      hide();
      if (location.origin === "null" || !device.arrived(here)) { // Nothing can be kept: then nothing can stay closed.
        clearTimeout(timer);
        return;
      }
    }
    if (shown && !shown.node.isConnected) shown = null; // The page was written anew.
    if (shown) {
      if (core.call("state").open || doc.querySelector("dialog[open]")) hide();
      else shown.node.hidden = covers(shown.node);
      return;
    }
    if (!core.shell?.frame.querySelector(".launcher") || doc.hidden || core.call("state").open || inField() || doc.querySelector("dialog[open], [aria-modal=true]")) return;
    const seen = device.read();
    const waited = Date.now() - since;
    const rule = list.find((one) => !gone.includes(one.id) && waited >= delay(one) && holds(one, here, seen));
    if (rule) show(rule);
  }

  function words(text) {
    return typeof text === "object" ? text[core.lang] || text.en || Object.values(text)[0] : text;
  }

  function show(rule) {
    wear();
    const text = String(words(rule.text)).slice(0, 300);
    const cross = press("close", () => close(rule), drawing(CROSS));
    cross.setAttribute("aria-label", core.words.close);
    const node = h("aside", { class: "message", part: "message", role: "status", "aria-label": core.words.launcher },
      press("text", () => open(rule), text), cross);
    core.shell.frame.append(node);
    shown = { rule, node };
    node.hidden = covers(node);
    core.emit("message", { id: rule.id, action: "shown" });
  }

  function open(rule) {
    away(rule);
    core.emit("message", { id: rule.id, action: "opened" });
    const [, verb, about] = /^([^:]*):?(.*)$/.exec(rule.open || "");
    if (verb === "contact" || verb === "status") core.call(verb);
    else if ((verb === "search" || verb === "article") && about) core.call(verb, about);
    else core.call("open");
  }

  function close(rule) {
    away(rule);
    core.emit("message", { id: rule.id, action: "closed" });
  }

  // For good: who opened it has read it too.
  function away(rule) {
    gone.push(rule.id);
    if (device.allowed()) device.close(rule.id);
    hide();
  }

  function hide() {
    shown?.node.remove();
    shown = null;
  }

  // Somebody is writing, also within a shadow tree.
  function inField() {
    const node = active();
    return node?.matches?.(FIELDS) || node?.isContentEditable ? node : null;
  }

  function covers(node) {
    const field = inField();
    if (!field) return false;
    const was = node.hidden;
    node.hidden = false;
    const a = node.getBoundingClientRect();
    const b = field.getBoundingClientRect();
    node.hidden = was;
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  }

  doc.addEventListener("focusin", atOnce, true);
  function atOnce() {
    if (shown) shown.node.hidden = covers(shown.node);
  }

  return {
    changed() {
      if (core.agreed === false) device.forget();
      look();
    },
    stop() {
      clearTimeout(timer);
      doc.removeEventListener("focusin", atOnce, true);
      hide();
    },
  };
}
