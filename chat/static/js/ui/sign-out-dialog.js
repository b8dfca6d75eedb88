import { build } from "./build.js";
import { buildDialog } from "./dialogs.js";

/** Shown to whoever signs out without a connection. It covers the chat: others may be looking. */
export class SignOutDialog {
  #dialog;

  /** @param {{onRetry: () => void, onStay: () => void}} options */
  constructor({ onRetry, onStay }) {
    const retry = build("button", "button button-primary", "Try again");
    const stay = build("button", "button button-plain", "Stay signed in");
    retry.addEventListener("click", onRetry);
    stay.addEventListener("click", () => this.#dialog.close());
    this.#dialog = buildDialog(
      "sign-out-dialog",
      "You’re still signed in",
      build("h2", "", "You’re still signed in"),
      build(
        "p",
        "dialog-text",
        "You can’t be signed out without a connection. Keep this page open, and it happens as soon as you’re back online.",
      ),
      build("div", "dialog-deeds", stay, retry),
    );
    this.#dialog.addEventListener("close", onStay);
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }
}
