// The element everything lives in. Its rules carry !important: between page and shadow tree, important rules of the
// shadow tree win, so `* { all: unset !important }` and z-index wars end at this border.
import launcherRules from "../style/launcher.css";
import { doc, h, styles } from "./dom.js";
import { BRAND, accents, rgb } from "./colours.js";
import { look } from "./settings.js";
import { direction } from "./words.js";

export const TAG = "signpost-widget";
export const OWN = "data-signpost-own"; // the launcher's element, which is ours and not the page's
const CATCHES = ["transform", "translate", "rotate", "scale", "filter", "backdropFilter", "perspective", "contain", "containerType", "contentVisibility", "willChange"];
const HOLD = 'all:initial!important;display:block!important;font-size:medium!important;visibility:visible!important;';

let shared = null;

export function supported() {
  try {
    return !!(doc.documentElement.attachShadow && "adoptedStyleSheets" in doc && CSSStyleSheet.prototype.replaceSync);
  } catch {
    return false;
  }
}

// Where the focus is, through shadow trees.
export function active() {
  let node = doc.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}

// {node, root, frame, dress(core), place(to), hears()} around `node`. `changed` is called when the page
// changes its colour, `observe(node, what)` with what may take the place away.
export function shell(node, inline, changed, observe) {
  const root = node.shadowRoot || node.attachShadow({ mode: "open" });
  const own = styles("");
  let worn = "";
  let caught = false; // the page's root holds what is `fixed`
  let heard = false;
  const frame = h("div", { class: "signpost", part: "frame" });
  shared ||= styles(launcherRules);
  root.adoptedStyleSheets = [shared, own];
  root.replaceChildren(frame);
  if (changed) frame.addEventListener("transitionrun", (event) => { if (event.target === frame) changed(); });
  node.addEventListener(OWN, () => { heard = true; });
  root.addEventListener("focusin", (event) => { hush(event); quiet(root); }, { once: true });
  return {
    node, root, frame, inline,

    dress(core) {
      const looks = look(core);
      const dark = looks.mode === "dark" || (looks.mode !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
      const named = getComputedStyle(node).getPropertyValue("--signpost-accent");
      const colour = accents(rgb(named, frame) || rgb(looks.accent, frame) || BRAND, dark);
      const dir = direction(core.lang, core.words);
      const side = /left|right|start|end/.exec(looks.position);
      const left = side ? (side[0] === "left" || side[0] === (dir === "rtl" ? "end" : "start")) : dir === "rtl";
      const [across, edge] = [left ? "left" : "right", /top/.test(looks.position) ? "top" : "bottom"];
      const safe = (name) => `env(safe-area-inset-${name},0px)`;
      const z = Number.isFinite(looks.zIndex) ? looks.zIndex : 2147483000;
      const block = `var(--signpost-offset-block,${looks.block}px)`;
      const along = `var(--signpost-offset-inline,${looks.inline}px)`;
      const place = inline
        ? "position:relative!important;width:auto!important;"
        : `position:fixed!important;inset:auto!important;${edge}:0!important;${across}:0!important;width:0!important;height:0!important;overflow:visible!important;margin:0!important;padding:0!important;border:0!important;background:none!important;z-index:var(--signpost-z-index,${z})!important;`;
      const rules = `:host{${HOLD}${place}}.signpost{--fill:${colour.fill};--on:var(--signpost-on-accent,${colour.on});--link:${colour.link};--block:${block};--along:${along}}.launcher,.panel,.message{${across}:calc(var(--along) + ${safe(across)});${edge}:calc(var(--block) + 64px)}.launcher{${edge}:calc(var(--block) + ${safe(edge)})}@media print{:host{display:none!important}}`;
      if (rules !== worn) own.replaceSync(worn = rules);
      frame.setAttribute("dir", dir);
      frame.setAttribute("lang", core.lang);
      frame.setAttribute("data-mode", dark ? "dark" : "light");
      frame.setAttribute("data-side", across);
      frame.setAttribute("data-inline", String(!!inline));
    },

    // Into `to`, a dialog of the page or something in it; without, beside the body, where the launcher stands that nobody
    // asked for. In the top layer where the page has made `fixed` mean something else.
    place(to) {
      const page = doc.documentElement;
      const parent = to || page;
      if (node.parentNode !== parent) {
        if (parent.moveBefore && node.isConnected) parent.moveBefore(node, null); // keeps the focus, and what is scrolled
        else parent.append(node);
      }
      if (to) {
        observe(to, { attributes: true });
        observe(to.getRootNode(), { childList: true, subtree: true });
      }
      const style = getComputedStyle(page);
      const box = node.getBoundingClientRect();
      const off = (at, edge, size) => Math.abs(at - (worn.includes(edge) ? 0 : size)) > 20; // as wide as a scroll bar
      caught ||= CATCHES.some((name) => style[name] && !/^(none|auto|normal|visible)$/.test(style[name])) ||
        (worn && !to && (off(box.left, "left:0", innerWidth) || off(box.top, "top:0", innerHeight)));
      if ((to || doc.fullscreenElement || caught) && node.showPopover) {
        node.setAttribute("popover", "manual");
        if (!node.matches(":popover-open")) node.showPopover();
      } else if (node.hasAttribute("popover")) {
        node.removeAttribute("popover");
      }
    },

    // Whether its listeners are still there: `document.open` takes them from everything it takes away.
    hears() {
      heard = false;
      node.dispatchEvent(new Event(OWN));
      return heard;
    },
  };
}

// What happens in here is none of the page's business: no shortcut of the page fires while somebody types, no
// focus trap takes the focus away, and no dialog takes a click for one outside it. Nobody types before something here has the focus.
export function quiet(root) {
  for (const type of ["keydown", "keyup", "keypress", "focusin", "focusout", "input", "change", "paste", "wheel", "touchmove", "touchstart", "touchend", "pointerdown", "pointerup", "mousedown", "mouseup", "click"]) {
    root.addEventListener(type, hush, { passive: true });
  }
}

function hush(event) {
  event.stopPropagation();
}
