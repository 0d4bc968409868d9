// The panel's own rules, made once and lent to every place it stands in.
import rules from "../style/panel.css";
import { styles, wear } from "./from_loader.js";

let sheet = null;

export function clothe(place) {
  sheet = sheet || styles(rules);
  wear(place);
  const worn = place.root.adoptedStyleSheets;
  if (worn.indexOf(sheet) < 0) place.root.adoptedStyleSheets = [...worn, sheet];
}
