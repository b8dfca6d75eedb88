import { build } from "./build.js";

/** A dialog over the page; a click beside it closes it, and the focus goes back to where it was. */
export function buildDialog(className, label, ...children) {
  const dialog = build("dialog", `dialog ${className}`, ...children);
  dialog.setAttribute("aria-label", label);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation(); // what is below stays open
  });
  document.body.append(dialog);
  return dialog;
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
}
