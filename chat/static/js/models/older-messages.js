const PAUSE_MS = 1000; // if the server doesn't say how long

/** Loads a room's history backwards, one page at a time. */
export class OlderMessages {
  #load;
  #clock;
  #onChange;
  #state = "idle";
  #page = Promise.resolve();

  /** Whether the server has older messages; null until the room is joined. */
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

  /** Allows an automatic retry after a failure: the connection is back. */
  reset() {
    if (this.#state === "failed") this.#become("idle");
  }

  /** Loads a page; calls while a page is loading wait for that page. */
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

  /** Retries by itself after the pause of a rate limit. */
  async #loadPageAfter(ms) {
    await new Promise((resolve) => this.#clock.setTimeout(resolve, ms));
    await this.#loadPage();
  }

  #become(state) {
    this.#state = state;
    this.#onChange();
  }
}
