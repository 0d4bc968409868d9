// One colour of the site becomes all that is needed of it, readable in light and dark.

const LIGHT = [255, 255, 255];
const DARK = [21, 32, 29];
const ENOUGH = 4.6;

export const BRAND = [12, 90, 82];

// [red, green, blue] of what the browser understands as a colour of the page, else null.
export function rgb(text, node) {
  if (!text) return null;
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim());
  if (hex) {
    const full = hex[1].length === 3 ? hex[1].replace(/./g, "$&$&") : hex[1];
    return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
  }
  const { style } = node;
  style.outlineColor = ""; // Nobody inherits it, and no outline is drawn.
  style.outlineColor = text;
  if (!style.outlineColor) return null;
  // Mixed with itself, any colour (oklch, lab, named, a mix) comes out as shares of red, green and blue.
  style.outlineColor = `color-mix(in srgb,${text},${text})`;
  const found = getComputedStyle(node).outlineColor;
  style.outlineColor = "";
  const parts = found.match(/-?[\d.]+(e-?\d+)?/g);
  const most = /^color\(srgb/.test(found) ? 255 : /^rgb/.test(found) && 1;
  return parts && most ? parts.slice(0, 3).map((one) => Math.min(255, Math.max(0, one * most))) : null;
}

function brightness(colour) {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one, other) {
  const a = brightness(one) + 0.05;
  const b = brightness(other) + 0.05;
  return a > b ? a / b : b / a;
}

// {fill, on, link}: for large areas, for text on them, and for words on the panel's own ground.
export function accents(colour, dark) {
  const ground = dark ? DARK : LIGHT;
  const away = dark ? LIGHT : [0, 0, 0];
  const apart = (least) => {
    let found = colour;
    for (let step = 0; contrast(found, ground) < least && step < 60; step += 1) found = found.map((part, at) => part + (away[at] - part) * 0.06);
    return found;
  };
  const link = apart(ENOUGH);
  const fill = apart(1.7);
  const on = contrast(fill, LIGHT) >= 4.5 ? "#fff" : "#000"; // One of the two always is.
  return { fill: css(fill), on, link: css(link) };
}

function css(colour) {
  return `rgb(${colour.map(Math.round).join(" ")})`;
}
