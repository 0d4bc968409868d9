// Suggestions below a field of the site's own form, from the attribute data-signpost-suggest.
import { clothe } from "./panel_styles.js";
import { latest } from "./latest.js";
import { doc, h, shell, styles, wear } from "./from_loader.js";
import { danger, item } from "./results.js";
import { clip } from "./text.js";

const TYPING_PAUSE = 400;
const LEAST = 4;
const NARROW = 200;
const CONTROLS = "input, select, textarea, button, label";
export const LIST = "data-signpost-list";

// {field, node, detach()}: `detach` takes everything away again. No custom element, so that a copy of the page that a router
// keeps brings no panel to life. `act.open(hit)` opens an article in the panel.
export function inlineSuggestions(field, app, act) {
  const { t, core, api, trip } = app;
  const node = h("div", { [LIST]: true });
  const place = shell(node, true);
  const next = latest();
  let timer = 0;
  let asked = "";
  const floating = styles(""); // rules for when there is no room in the flow
  clothe(place);
  wear(place.root, floating);
  place.dress(core);
  field.addEventListener("input", later);
  // Below the field, or where the page wants them: the attribute's value is a selector.
  const target = field.getAttribute("data-signpost-suggest");
  let there = null;
  try {
    there = target && doc.querySelector(target);
  } catch { /* Not a selector: below the field. */ }
  later();

  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, TYPING_PAUSE);
  }

  function look() {
    const whole = field.value;
    const text = clip(whole, 300);
    if (whole === asked) return;
    asked = whole;
    if (text.length < LEAST && !/[\u3040-\u9fff\uac00-\ud7af]{2}/.test(text)) {
      node.remove();
      return;
    }
    const signal = next();
    // Where a message is written: what it begins with is searched, and danger looked for in all of it.
    api.typing(text, signal, whole.length > 300 && whole).then((found) => {
      if (whole !== asked) return;
      const hits = found.verdict === "ask_human" ? [] : found.results.slice(0, 3);
      trip.asked(text, found.verdict);
      trip.shown(hits);
      core.emit("suggest", { query: text, verdict: found.verdict, count: hits.length, inline: true });
      if (!hits.length && !found.urgent) {
        node.remove();
        return;
      }
      const said = h("section", { class: "inline", "aria-label": t("before_you_send") },
        danger(found.urgent, act),
        hits.length && [
          h("p", { class: "label", role: "status" }, t("before_you_send")),
          h("ul", { class: "list" }, hits.map((hit, at) => item(hit, app, act, found.verdict === "answer" && !at)))]);
      if (place.frame.textContent !== said.textContent) place.frame.replaceChildren(said); // An alert is read out once.
      if (!node.isConnected && field.isConnected) {
        if (there) there.after(node);
        else settle();
      }
    }, () => {});
  }

  // Below the field, as near as no control of the page changes its size for it: after what the field stands in where
  // that is laid out in rows.
  function settle() {
    const root = field.form || field.getRootNode();
    const controls = [...root.querySelectorAll(CONTROLS)];
    const sizes = () => controls.map((one) => `${one.offsetWidth} ${one.offsetHeight}`).join();
    const before = sizes();
    floating.replaceSync("");
    for (let at = field.closest("label") || field; at && at !== doc.body; at = at === field.form ? null : at.parentElement) {
      const { display, flexDirection } = getComputedStyle(at.parentElement || at.parentNode.host);
      if (/inline|table|grid/.test(display) || (/flex/.test(display) && !/column/.test(flexDirection))) continue;
      at.after(node);
      if (sizes() === before && node.offsetWidth >= Math.min(NARROW, field.offsetWidth)) return;
    }
    // Nowhere in the flow: above what stands below the field.
    floating.replaceSync(`:host{position:absolute!important;width:${Math.max(field.offsetWidth, 240)}px!important;z-index:9!important}`);
    (field.closest("label") || field).after(node);
  }

  return {
    field, node,
    detach() {
      clearTimeout(timer);
      next();
      asked = null;
      field.removeEventListener("input", later);
      field.signpost = false;
      node.remove();
    },
  };
}
