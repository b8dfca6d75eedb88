/**
 * How long ago this page connected to /rooms. A `send` contains this age, so that the server notices
 * messages that the network has delivered late. The server's own value, which comes with each answer,
 * takes precedence: the clock of a laptop may stop while it sleeps.
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

  /** @param {number | undefined} ms the server's value; an older server sends none */
  correct(ms) {
    if (ms !== undefined) this.#since = this.#clock.ticks() - ms;
  }
}
