// The panel's own rules, made once and lent to every place it stands in.
import rules from "../style/panel.css";
import { frame, styles, wear } from "./from_loader.js";

let sheet = null;

export function clothe(place) {
  frame(place);
  wear(place.root, sheet ||= styles(rules));
}
