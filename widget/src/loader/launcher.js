// The button in the corner.
import { drawing, h } from "./base.js";
import { look } from "./settings.js";

const DRAWINGS = {
  question: "M9.2 9.3a2.9 2.9 0 1 1 4.3 2.6c-.9.5-1.5 1.2-1.5 2.2v.5M12 17.6v.1M12 21a9 9 0 1 0-7.8-4.5L3.5 20.5l4-.7A9 9 0 0 0 12 21z",
  chat: "M4 4.5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-8.5L7 20.5v-4H4a1 1 0 0 1-1-1v-10a1 1 0 0 1 1-1zM7.5 9h9M7.5 12.5h6",
  person: "M4.5 20.5c.6-4 3.6-6.5 7.5-6.5s6.9 2.5 7.5 6.5M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  signpost: "M12 3v18M5 5h11.5l3 2.5-3 2.500H5zM19 12.500H8l-3 2.5 3 2.500h11z",
};
const DOWN = "M6 9.500l6 6 6-6";

export function launcherButton(core, { onClick, onSoon }) {
  const looks = look(core.settings, core.config);
  const text = looks.text === undefined ? core.words.launcher : looks.text;
  const icon = DRAWINGS[looks.icon];
  return h("button", {
    type: "button", class: "launcher", part: "launcher", "aria-label": text ? null : core.words.launcher, "aria-expanded": "false", "aria-haspopup": "dialog",
    on: { click: onClick, pointerdown: onSoon },
  }, icon && drawing(icon, "icon shut"), icon && drawing(DOWN, "icon shown"), text && h("span", {}, text));
}
