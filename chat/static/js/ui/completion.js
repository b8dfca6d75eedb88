import { parts } from "../late-parts.js";

/** Completes names and emoji in the composer; most of the code is loaded with the first "@" or ":". */
export class Completion {
  #options;
  #completer = null;

  /** @param {{field: HTMLTextAreaElement, people: () => Person[]}} options */
  constructor(options) {
    this.#options = options;
    options.field.addEventListener("input", () => this.#typed());
  }

  /** @returns {boolean} whether the key was for the list of suggestions */
  pressed(event) {
    return this.#completer?.pressed(event) ?? false;
  }

  close() {
    this.#completer?.close();
  }

  #typed() {
    if (this.#completer || !/[@＠:]/u.test(this.#options.field.value)) return;
    parts.completer.whenHere(({ Completer }) => {
      this.#completer ??= new Completer(this.#options);
    });
  }
}
