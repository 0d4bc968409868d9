// The element everything lives in. Its rules carry !important: between page and shadow tree, important rules of the
// shadow tree win, so `* { all: unset !important }` and z-index wars end at this border.
import launcherRules from "../style/launcher.css";
import { doc, h, styles } from "./dom.js";
import { BRAND, accents, rgb } from "./colours.js";
import { look } from "./settings.js";
import { direction } from "./words.js";

export const TAG = "signpost-widget";
const HOLD = 'all:initial!important;display:block!important;font-size:medium!important;visibility:visible!important;';

let shared = null;

export function supported() {
  try {
    return !!(doc.documentElement.attachShadow && "adoptedStyleSheets" in doc && CSSStyleSheet.prototype.replaceSync);
  } catch {
    return false;
  }
}

// {node, root, frame, dress(core), top()} around `node`, or around an element of our own beside the page's body.
export function shell(node, inline) {
  const root = node.shadowRoot || node.attachShadow({ mode: "open" });
  const own = styles("");
  let worn = "";
  const frame = h("div", { class: "signpost", part: "frame" });
  shared = shared || styles(launcherRules);
  root.adoptedStyleSheets = [shared, own];
  root.replaceChildren(frame);
  root.addEventListener("focusin", (event) => { hush(event); quiet(root); }, { once: true });
  return {
    node, root, frame, inline,

    dress(core) {
      const looks = look(core);
      const dark = looks.mode === "dark" || (looks.mode !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
      // Asking for it makes the browser work out styles; before anything is opened the rule below does.
      const named = core.used && getComputedStyle(node).getPropertyValue("--signpost-accent");
      const colour = accents(rgb(named, frame) || rgb(looks.accent, frame) || BRAND, dark);
      const dir = direction(core.lang, core.words);
      const side = /left|right|start|end/.exec(looks.position);
      const left = side ? (side[0] === "left" || side[0] === (dir === "rtl" ? "end" : "start")) : dir === "rtl";
      const above = /top/.test(looks.position);
      const z = Number.isFinite(looks.zIndex) ? looks.zIndex : 2147483000;
      const block = `var(--signpost-offset-block,${looks.block}px)`;
      const along = `var(--signpost-offset-inline,${looks.inline}px)`;
      const place = inline
        ? "position:relative!important;inline-size:auto!important;"
        : `position:fixed!important;inset:auto!important;${above ? "top" : "bottom"}:0!important;${left ? "left" : "right"}:0!important;width:0!important;height:0!important;overflow:visible!important;margin:0!important;padding:0!important;border:0!important;background:none!important;z-index:var(--signpost-z-index,${z})!important;`;
      const rules = `:host{${HOLD}${place}}.signpost{--fill:${named ? colour.fill : `var(--signpost-accent,${colour.fill})`};--on:var(--signpost-on-accent,${colour.on});--link:${colour.link};--block:${block};--along:${along}}@media print{:host{display:none!important}}`;
      if (rules !== worn) own.replaceSync(worn = rules);
      frame.setAttribute("dir", dir);
      frame.setAttribute("lang", core.lang);
      frame.setAttribute("data-mode", dark ? "dark" : "light");
      frame.setAttribute("data-side", left ? "left" : "right");
      frame.setAttribute("data-edge", above ? "top" : "bottom");
      frame.setAttribute("data-inline", String(!!inline));
    },

    // Where it can be seen: inside an open modal dialog of the page (everything else is inert then), and in the top
    // layer where the page has made `fixed` mean something else (a transform on its root).
    place() {
      let parent = doc.documentElement;
      try {
        for (const one of doc.querySelectorAll("dialog:modal")) parent = one;
      } catch { /* An older browser knows no :modal, and hardly a modal dialog. */ }
      // Read before anything is changed, when it costs nothing.
      const style = getComputedStyle(parent);
      const caught = [style.transform, style.filter, style.perspective, style.backdropFilter].some((value) => value && value !== "none") || (parent !== doc.documentElement && style.overflow !== "visible");
      if (node.parentNode !== parent) parent.append(node);
      if (caught && node.showPopover) {
        node.setAttribute("popover", "manual");
        if (!node.matches(":popover-open")) node.showPopover();
      } else if (node.hasAttribute("popover")) {
        node.removeAttribute("popover");
      }
    },
  };
}

// What happens in here is none of the page's business: no shortcut of the page fires while somebody types, and no
// focus trap of the page takes the focus away. Nobody types before something here has the focus.
export function quiet(root) {
  for (const type of ["keydown", "keyup", "keypress", "focusin", "focusout", "input", "change", "paste", "wheel", "touchmove"]) {
    root.addEventListener(type, hush, { passive: true });
  }
}

function hush(event) {
  event.stopPropagation();
}
