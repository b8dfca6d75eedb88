/**
 * How long ago the server let this page in. A `send` says it, so that the server sees what the
 * network has delivered late. The server's own count, which comes with each answer, goes before:
 * the clock of a laptop may stand still while it sleeps.
 */
export class ConnectionAge {
  #clock;
  #since = null;

  constructor({ clock }) {
    this.#clock = clock;
  }

  connected() {
    this.#since = this.#clock.ticks();
  }

  get ms() {
    return Math.max(0, Math.floor(this.#clock.ticks() - this.#since));
  }

  /** @param {number | undefined} ms the server's count; an older server has none */
  correct(ms) {
    if (ms !== undefined) this.#since = this.#clock.ticks() - ms;
  }
}
