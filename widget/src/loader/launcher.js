// The button in the corner.
import { h } from "./dom.js";
import { look } from "./settings.js";

// Areas of 24 by 24, cut out of the text's colour by a rule: a picture without an element, and no address to load.
const DRAWINGS = {
  question: "M12 2.5a9.5 9.5 0 1 1-4.6 17.8L3 21.5l1.2-4.4A9.5 9.5 0 0 1 12 2.5zM8.2 9.8h1.9a1.9 1.9 0 1 1 2.9 1.6c-1.2.7-1.9 1.5-1.9 3h1.9c0-.8.3-1.1 1-1.5a3.8 3.8 0 1 0-5.8-3.1zM11 15.7h2v2h-2z",
  chat: "M4 3.5h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-8L7 22v-4.5H4a2 2 0 0 1-2-2v-10a2 2 0 0 1 2-2zM6.5 7.6h11v1.8h-11zM6.5 11.6h7v1.8h-7z",
  person: "M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM3.5 21c.3-4.5 3.8-7 8.5-7s8.2 2.5 8.5 7z",
  signpost: "M11 2.5h2V5h4l3 2.5-3 2.5H5V5h6zM7 11.5h12v5h-6v5h-2v-5H7L4 14z",
};

export function launcherButton(core, { onClick, onNear, onSoon }) {
  const looks = look(core);
  const text = looks.text === undefined ? core.words.launcher : looks.text;
  const area = DRAWINGS[looks.icon];
  const button = h("button", {
    type: "button", class: text ? "launcher" : "launcher bare", part: "launcher", "aria-label": text ? null : core.words.launcher, "aria-expanded": "false", "aria-haspopup": "dialog",
    on: { click: onClick, pointerenter: onNear, focus: onNear, pointerdown: onSoon },
  }, text);
  if (area) button.style.setProperty("--icon", `path(evenodd,"${area}")`);
  return button;
}
