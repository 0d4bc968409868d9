// Drawings of 24 by 24, lines only.
import { drawing } from "./from_loader.js";

const LINES = {
  back: "M14.5 5.5L8 12l6.5 6.5",
  next: "M9.5 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  search: "M10.7 17.4a6.7 6.7 0 1 0 0-13.4 6.7 6.7 0 0 0 0 13.4zM15.7 15.7L21 21",
  page: "M6 3h8l4.5 4.5V21H6zM14 3v4.5h4.5M9 12.5h6.5M9 16.5h4.5",
  person: "M4.5 20.5c.6-4 3.6-6.5 7.5-6.5s6.9 2.5 7.5 6.5M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  out: "M14 4.5h5.5V10M19.5 4.5L11 13M17.5 14v4.5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1H10",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warn: "M12 4l9 15.5H3zM12 10v4.5M12 17v.1",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.2l3.5 2.1",
};

export function icon(name, className = "icon") {
  return drawing(LINES[name], `${className} ${/back|next|out/.test(name) ? "flip" : ""}`);
}
