// The panel's own rules, made once and lent to every place it stands in.
import { styles } from "../loader/base.js";
import { wear } from "../loader/basic.js";

let sheet = null;

export function clothe(place) {
  sheet = sheet || styles(style("panel"));
  wear(place);
  const worn = place.root.adoptedStyleSheets;
  if (worn.indexOf(sheet) < 0) place.root.adoptedStyleSheets = [...worn, sheet];
}
