const PAUSE_MS = 1000; // if the server doesn't say how long

/** Loads a room's history backwards, one page at a time. */
export class OlderMessages {
  #load;
  #clock;
  #onChange;
  #state = "idle";
  #page = Promise.resolve();

  /** Whether the server has more; null until the room was joined. */
  more = null;

  /** @param {{load: () => Promise<{more: boolean}>, clock: object, onChange: () => void}} options */
  constructor({ load, clock, onChange }) {
    this.#load = load;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** @returns {"idle" | "loading" | "failed"} */
  get state() {
    return this.#state;
  }

  /** What failed may be tried again by itself: the connection has come back. */
  reset() {
    if (this.#state === "failed") this.#become("idle");
  }

  /** Whoever asks while a page is on its way waits for that one. */
  async load() {
    if (this.more && this.#state !== "loading") this.#page = this.#loadPage();
    await this.#page;
  }

  async #loadPage() {
    this.#become("loading");
    try {
      ({ more: this.more } = await this.#load());
      this.#become("idle");
    } catch (error) {
      if (error.code === "rate_limited") return this.#loadPageAfter(error.retryAfterMs ?? PAUSE_MS);
      this.#become("failed");
    }
  }

  /** Whoever wants much waits, and need not ask again. */
  async #loadPageAfter(ms) {
    await new Promise((resolve) => this.#clock.setTimeout(resolve, ms));
    await this.#loadPage();
  }

  #become(state) {
    this.#state = state;
    this.#onChange();
  }
}
