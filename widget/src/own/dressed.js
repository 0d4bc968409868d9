import rules from "../style/own.css";

let sheet = null;

// Gives the tree a view stands in the rules for it.
export function dressed(node, { styles, wear }) {
  wear(node.getRootNode(), sheet ||= styles(rules));
}
