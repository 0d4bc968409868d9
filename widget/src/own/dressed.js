import rules from "../style/own.css";

let sheet = null;

// Gives the tree a view stands in the rules for it.
export function dressed(node, styles) {
  sheet = sheet || styles(rules);
  const root = node.getRootNode();
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
