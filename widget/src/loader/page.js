// What the page the customer is on says about itself. Never its query or fragment: they may hold what is private.
import { clip, doc } from "./base.js";

export function address() {
  return location.origin === "null" ? location.pathname : location.origin + location.pathname;
}

export function context(settings) {
  let said = settings.context || "";
  let heading = "";
  for (const node of doc.querySelectorAll("[data-signpost-context]")) said += ` ${node.getAttribute("data-signpost-context")}`;
  for (const node of doc.querySelectorAll("h1")) {
    heading = clip(node.textContent, 200);
    if (heading && node.getClientRects().length) break;
  }
  return { url: address().slice(0, 500), title: clip(doc.title, 200), heading, context: clip(said, 300) };
}

export function device() {
  const width = Math.min(screen.width || 1e4, innerWidth || 1e4);
  return width < 600 ? "phone" : width < 1000 && matchMedia("(pointer: coarse)").matches ? "tablet" : "desktop";
}

// The language of the nearest kind to what the page says, out of those there are.
export function nearest(wanted, offered) {
  const known = { "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant", "zh-cn": "zh-hans", "zh-sg": "zh-hans", zh: "zh-hans" };
  for (const one of wanted) {
    let tag = String(one || "").toLowerCase();
    for (; tag; tag = tag.slice(0, Math.max(0, tag.lastIndexOf("-")))) {
      const asked = known[tag] || tag;
      for (const other of offered) if (other.toLowerCase() === asked) return other;
      for (const other of offered) if (other.toLowerCase().split("-")[0] === asked && !asked.startsWith("zh")) return other;
    }
  }
  return "";
}
