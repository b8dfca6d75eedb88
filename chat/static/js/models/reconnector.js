import { backoff } from "../lib/backoff.js";

/** Decides when to connect again. `connect` is called for each attempt; its outcome is reported back. */
export class Reconnector {
  #connect;
  #clock;
  #random;
  #onChange;
  #timer;
  #failures = 0;
  #trying = false;
  #retryAt = null;

  constructor({ connect, clock, random = Math.random, onChange = () => {} }) {
    this.#connect = connect;
    this.#clock = clock;
    this.#random = random;
    this.#onChange = onChange;
  }

  /** When the next attempt is due, in the clock's ticks; null while none is planned. */
  get retryAt() {
    return this.#retryAt;
  }

  /** Whether the last connection was lost, or an attempt failed since. */
  get failed() {
    return this.#failures > 0;
  }

  /** Tries at once: at the start, when the reader asks for it, when the network is back. */
  now() {
    if (this.#trying) return;
    this.#clock.clearTimeout(this.#timer);
    this.#trying = true;
    this.#retryAt = null;
    this.#onChange();
    this.#connect();
  }

  connected() {
    this.#clock.clearTimeout(this.#timer);
    this.#trying = false;
    this.#failures = 0;
    this.#retryAt = null;
    this.#onChange();
  }

  /** No attempt any more. */
  stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#trying = false;
    this.#retryAt = null;
    this.#onChange();
  }

  /** The server turned an attempt down. @param {number} [afterMs] what it asked for */
  refused(afterMs = 0) {
    this.lost(Math.max(afterMs, backoff(this.#failures, { random: this.#random })));
  }

  /** The connection broke or an attempt failed. @param {number} [afterMs] what the server asked for */
  lost(afterMs) {
    const wait = afterMs ?? backoff(this.#failures, { random: this.#random });
    this.#failures += 1;
    this.#trying = false;
    this.#clock.clearTimeout(this.#timer);
    this.#retryAt = this.#clock.ticks() + wait;
    this.#timer = this.#clock.setTimeout(() => this.now(), wait);
    this.#onChange();
  }
}
