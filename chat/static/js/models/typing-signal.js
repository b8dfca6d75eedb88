const EVERY_MS = 3000;

/** Tells the others that the reader is typing: at most once in three seconds. */
export class TypingSignal {
  #send;
  #clock;
  #active = false;
  #lastSent = Number.NEGATIVE_INFINITY;

  /** @param {{send: (active: boolean) => void, clock: object}} options */
  constructor({ send, clock }) {
    this.#send = send;
    this.#clock = clock;
  }

  typed() {
    const now = this.#clock.ticks();
    if (now - this.#lastSent < EVERY_MS) return;
    this.#lastSent = now;
    this.#active = true;
    this.#send(true);
  }

  /** The text was deleted, or the reader left the room. */
  stopped() {
    if (!this.#active) return;
    this.#active = false;
    this.#send(false);
  }

  /** The message itself tells the others. The next typed character is signalled at once. */
  sent() {
    this.#active = false;
    this.#lastSent = Number.NEGATIVE_INFINITY;
  }
}
