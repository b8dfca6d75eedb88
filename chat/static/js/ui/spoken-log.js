const SPOKEN_AGAIN_AFTER_MS = 500;

/** A log whose additions screen readers speak, except while history is added. */
export class SpokenLog {
  #log;
  #timer = null;

  constructor(log) {
    this.#log = log;
  }

  hush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#log.setAttribute("aria-live", "off");
  }

  speak() {
    if (this.#timer !== null || this.#log.getAttribute("aria-live") === "polite") return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#log.setAttribute("aria-live", "polite");
    }, SPOKEN_AGAIN_AFTER_MS);
  }
}
