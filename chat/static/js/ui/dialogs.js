import { build } from "./build.js";

/** A dialog over the page. */
export function buildDialog(className, label, ...children) {
  const dialog = build("dialog", `dialog ${className}`, ...children);
  dialog.setAttribute("aria-label", label);
  letClose(dialog);
  document.body.append(dialog);
  return dialog;
}

/** A click beside the dialog closes it, and the focus goes back to where it was. */
export function letClose(dialog) {
  dialog.addEventListener("click", ({ target }) => {
    if (target !== dialog) return;
    dialog.close();
    focusAnew(); // now: the event comes later, and a key that is pressed meanwhile would be lost
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation(); // what is below stays open
  });
  dialog.addEventListener("close", focusAnew);
}

/** After a click in the dialog Chromium's caret stays there, and what is typed goes nowhere. */
function focusAnew() {
  const { activeElement } = document;
  activeElement.blur();
  activeElement.focus({ preventScroll: true });
}

/** @param {() => void} [prepare] */
export function toggleDialog(dialog, prepare = () => {}) {
  if (dialog.open) return dialog.close();
  closeDialogs();
  prepare();
  dialog.showModal();
}

export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  for (const popover of document.querySelectorAll(":popover-open")) popover.hidePopover();
}
