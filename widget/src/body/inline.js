// Suggestions below a field of the site's own form, from the attribute data-signpost-suggest.
import { clothe } from "./panel_styles.js";
import { latest } from "./latest.js";
import { doc, h, shell } from "./from_loader.js";
import { danger, item } from "./results.js";
import { clip } from "./text.js";

const TYPING_PAUSE = 400;
const LEAST = 4;

// Returns a function that takes everything away again. `act.open(hit)` opens an article in the panel.
export function inlineSuggestions(field, app, act) {
  const { t, core, api, trip } = app;
  const node = doc.createElement("signpost-widget");
  node.signpost = true;
  const place = shell(node, true);
  const next = latest();
  let timer = 0;
  let asked = "";
  clothe(place);
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
    const text = clip(field.value, 300);
    if (text === asked) return;
    asked = text;
    if (text.length < LEAST && !/[\u3040-\u9fff\uac00-\ud7af]{2}/.test(text)) {
      node.remove();
      return;
    }
    const signal = next();
    api.typing(text, signal).then((found) => {
      if (text !== asked) return;
      const hits = found.verdict === "ask_human" ? [] : found.results.slice(0, 3);
      trip.asked(text, found.verdict);
      trip.shown(hits);
      core.emit("suggest", { query: text, verdict: found.verdict, count: hits.length, inline: true });
      if (!hits.length && !found.urgent) {
        node.remove();
        return;
      }
      place.frame.replaceChildren(h("section", { class: "inline", "aria-label": t("before_you_send") },
        danger(found.urgent, act),
        hits.length && h("p", { class: "label", role: "status" }, t("before_you_send")),
        h("ul", { class: "list" }, hits.map((hit, at) => item(hit, app, act, found.verdict === "answer" && at === 0)))));
      if (!node.isConnected) (there || field.closest("label") || field).after(node);
    }, () => {});
  }

  return () => {
    clearTimeout(timer);
    field.removeEventListener("input", later);
    field.signpost = false;
    node.remove();
  };
}
