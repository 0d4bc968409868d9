// Dialogs of the page, of any make, and where in one of them help stands that was asked for there.
import { doc } from "./from_loader.js";

const ROOM = "[role=dialog],[role=alertdialog],[aria-modal=true]";

function visible(node) {
  return node.checkVisibility ? node.checkVisibility({ visibilityProperty: true }) : !!node.getClientRects().length;
}

function modal(node) {
  try {
    return node.matches(":modal") && visible(node);
  } catch {
    return false; // An older browser knows no :modal, and hardly a modal dialog.
  }
}

// The dialog of the page that `from` stands in, of any make, through slots and shadow trees: all else is inert then, or
// watched by a trap for the focus.
function roomOf(from) {
  for (let one = from; one; one = one.assignedSlot || one.parentNode || one.host) {
    if (one.localName === "dialog" ? modal(one) : one.matches?.(ROOM) && visible(one)) return one;
  }
  return [...doc.querySelectorAll("dialog")].filter(modal).pop();
}

// In a dialog of the page, where help was asked for from there; within what the library takes for its inside.
export function beside(from) {
  const room = roomOf(from);
  return room && (room.localName === "dialog" || room === from ? room : block(from) || room);
}

export function block(from) {
  return from.parentNode?.closest?.("div, section, article, main, form, fieldset, [role]");
}

// Whether help in `parent` can no longer be seen or used.
export function gone(parent) {
  return parent !== doc.documentElement && !(visible(parent) && (parent.localName !== "dialog" || modal(parent)));
}
