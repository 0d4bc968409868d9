// What the page the customer is on says about itself. Never its query or fragment: they may hold what is private.
import { doc } from "./from_loader.js";
import { clip } from "./text.js";

export function address() {
  return location.origin === "null" ? location.pathname : location.origin + location.pathname;
}

export function heading() {
  let found = "";
  for (const node of doc.querySelectorAll("h1")) {
    found = clip(node.textContent, 200);
    if (found && node.getClientRects().length) break;
  }
  return found;
}

export function context(settings) {
  let said = settings.context || "";
  for (const node of doc.querySelectorAll("[data-signpost-context]")) said += ` ${node.getAttribute("data-signpost-context")}`;
  return { url: address().slice(0, 500), title: clip(doc.title, 200), heading: heading(), context: clip(said, 300) };
}

export function device() {
  const width = Math.min(screen.width || 1e4, innerWidth || 1e4);
  return width < 600 ? "phone" : width < 1000 && matchMedia("(pointer: coarse)").matches ? "tablet" : "desktop";
}
