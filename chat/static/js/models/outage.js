const TOLD_AFTER_MS = 2000;
const TOLD_AFTER_HANDOVER_MS = 8000; // a planned stop: the next server is on its way

/** Decides when the reader is told that messages are missing. Most outages end before that. */
export class Outage {
  #clock;
  #since = null;
  #patienceMs;

  constructor({ clock }) {
    this.#clock = clock;
  }

  /**
   * To be called at every change, and regularly while the room isn't complete.
   *
   * @param {{complete: boolean, handedOver: boolean}} state
   * @returns {boolean} whether to tell the reader
   */
  isToldOf({ complete, handedOver }) {
    if (complete) this.#since = null;
    else if (this.#since === null) this.#begin();
    if (complete) return false;
    if (handedOver) this.#patienceMs = TOLD_AFTER_HANDOVER_MS; // until the room is complete again
    return this.#clock.ticks() - this.#since >= this.#patienceMs;
  }

  #begin() {
    this.#since = this.#clock.ticks();
    this.#patienceMs = TOLD_AFTER_MS;
  }
}
