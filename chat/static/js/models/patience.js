const SLOW_AFTER_MS = 10_000;

/** How long the reader has been waiting for each unsent message. */
export class Patience {
  #clock;
  #onOver;
  #since = new Map();

  /** @param {{clock: object, onOver: () => void}} options `onOver`: a message has just become slow */
  constructor({ clock, onOver }) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** Whether the message has waited too long. The first call for a message starts its wait. */
  isOver(clientId) {
    if (!this.#since.has(clientId)) this.begin(clientId);
    return this.#clock.ticks() - this.#since.get(clientId) >= SLOW_AFTER_MS;
  }

  begin(clientId) {
    this.#since.set(clientId, this.#clock.ticks());
    this.#clock.setTimeout(this.#onOver, SLOW_AFTER_MS);
  }

  end(clientId) {
    this.#since.delete(clientId);
  }
}
