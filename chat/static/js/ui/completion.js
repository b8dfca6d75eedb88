/** Completes names and emoji in the composer; the greater part is loaded with the first "@" or ":". */
export class Completion {
  #options;
  #completer = null;
  #loading = false;

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

  async #typed() {
    if (this.#loading || !/[@:]/u.test(this.#options.field.value)) return;
    this.#loading = true;
    try {
      const { Completer } = await import("./completer.js");
      this.#completer = new Completer(this.#options);
    } catch {
      this.#loading = false; // offline: the next key tries again
    }
  }
}
