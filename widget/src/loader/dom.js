// Nodes without markup: every element is made by name and every text is text, so that no policy of the page, Trusted
// Types among them, has anything to object to, and nothing that was typed or fetched can become code.

const SVG = "http://www.w3.org/2000/svg";

export const doc = document;

// `on` holds listeners, `class` and the rest are attributes; false, null and undefined leave an attribute out.
export function h(name, props, ...children) {
  const node = doc.createElement(name);
  for (const key of Object.keys(props || {})) {
    const value = props[key];
    if (key === "on") for (const type of Object.keys(value)) node.addEventListener(type, value[type]);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  add(node, children);
  return node;
}

// A child may be a condition that does not hold (`hits.length && h(…)`): nothing then, not even its 0. A number that is to be
// read is written as text.
export function add(node, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(node, child);
    else if (child) node.append(child);
  }
  return node;
}

// A button that does `click`.
export function press(className, click, ...children) {
  return h("button", { type: "button", class: className, on: { click } }, ...children);
}

// A drawing of 24 by 24: `d` are its lines.
export function drawing(d, className = "icon") {
  const svg = doc.createElementNS(SVG, "svg");
  const path = doc.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

// A link that leaves the page where it is.
export function out(href, className, ...children) {
  return h("a", { href, class: className, target: "_blank", rel: "noopener" }, ...children);
}

// Constructed, never written into the page: `style-src 'self'` has nothing to forbid.
export function styles(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

export function wear(root, sheet) {
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
