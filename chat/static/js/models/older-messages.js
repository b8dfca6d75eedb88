/** Loads a room's history backwards, one page at a time. */
export class OlderMessages {
  #load;
  #onChange;
  #state = "idle";
  #page = Promise.resolve();

  /** Whether the server has more; null until the room was joined. */
  more = null;

  /** @param {{load: () => Promise<{more: boolean}>, onChange: () => void}} options */
  constructor({ load, onChange }) {
    this.#load = load;
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
    } catch {
      this.#become("failed");
    }
  }

  #become(state) {
    this.#state = state;
    this.#onChange();
  }
}
