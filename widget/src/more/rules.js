// When a message of the page is due: pure, so that it can be told without a browser.

// `*` stands for anything; a pattern is of the path, or of the whole address where it names a scheme.
export function matches(pattern, address) {
  if (typeof pattern !== "string" || !pattern) return false;
  const { origin, pathname } = new URL(address);
  const text = /^https?:/i.test(pattern) ? origin + pathname : pathname;
  const source = pattern.slice(0, 300).replace(/\/$/, "").replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*");
  return new RegExp(`^${source}/?$`).test(text);
}

const list = (value) => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]);

// What can be shown at all: a name, so that closing it is remembered, and words.
export function valid(rules) {
  return list(rules).filter((one) => typeof one?.id === "string" && /^[\w-]{1,40}$/.test(one.id) && one.text && /string|object/.test(typeof one.text));
}

// Whether this rule holds on the page at `address`, on a device that has seen `seen` ({count, pages, closed}).
export function holds(rule, address, seen) {
  if (seen.closed.includes(rule.id)) return false;
  const pages = list(rule.page);
  if (pages.length && !pages.some((one) => matches(one, address))) return false;
  if (list(rule.not).some((one) => matches(one, address))) return false;
  for (const one of list(rule.visited)) {
    if (typeof one === "number" ? seen.count < one : !seen.pages.some((page) => matches(one, page))) return false;
  }
  return true;
}

// Milliseconds; a moment at least, so that nothing jumps at somebody who has just come.
export function delay(rule) {
  const seconds = Number(rule.delay);
  return Math.min(86_400, Number.isFinite(seconds) ? Math.max(1, seconds) : 5) * 1000;
}
