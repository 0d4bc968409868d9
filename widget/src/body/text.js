// Texts of what is typed, read and sent.

// JSON whatever an old library has hung on the prototypes (Prototype's Array.prototype.toJSON makes texts of lists).
export function json(value) {
  if (Array.isArray(value)) {
    let text = "";
    for (const one of value) text += (text && ",") + json(one);
    return "[" + text + "]";
  }
  if (value && typeof value === "object") {
    let text = "";
    for (const key of Object.keys(value)) if (value[key] !== undefined) text += (text && ",") + JSON.stringify(key) + ":" + json(value[key]);
    return "{" + text + "}";
  }
  return /string|number|boolean/.test(typeof value) ? JSON.stringify(value) : "null";
}

export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

export function clip(text, most) {
  return String(text ?? "").replace(/\s+/g, " ").trim().slice(0, most);
}
