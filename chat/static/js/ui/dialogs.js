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
    focusAnew(); // at once: the "close" event comes later, and keys pressed before it would be lost
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation(); // popovers and drawers below stay open
  });
  dialog.addEventListener("close", focusAnew);
}

/** Sets the focus again: after a click in a dialog Chromium keeps the caret there, and typing is lost. */
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
