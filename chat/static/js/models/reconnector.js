import { backoff } from "../lib/backoff.js";

// After a planned stop the next server starts within the ten seconds that a stop may take.
const HANDOVER_CAP_MS = 2000;
const HANDOVER_ATTEMPTS = 8;

/**
 * Decides when to connect again. It calls `connect` for each attempt; the caller reports the outcome
 * with `connected`, `refused` or `lost`.
 */
export class Reconnector {
  #connect;
  #clock;
  #random;
  #onChange;
  #timer;
  #failures = 0;
  #handedOver = false;
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

  /** Whether the last server made a planned stop, so that another server takes over soon. */
  get handedOver() {
    return this.#handedOver;
  }

  /** Connects at once: at the start, when the reader asks for it, when the network is back. */
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
    this.#handedOver = false;
    this.#retryAt = null;
    this.#onChange();
  }

  /** Stops all further attempts. */
  stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#trying = false;
    this.#retryAt = null;
    this.#onChange();
  }

  /** The server refused an attempt. @param {number} [afterMs] the pause that the server asked for */
  refused(afterMs = 0) {
    this.#tryAfter(Math.max(afterMs, this.#backoff()));
  }

  /** The connection broke. */
  lost() {
    this.#tryAfter(this.#backoff());
  }

  /** The server stops as planned. @param {number} afterMs when to connect to the next server */
  handOver(afterMs) {
    this.#handedOver = true;
    this.#tryAfter(afterMs);
  }

  #backoff() {
    const soon = this.#handedOver && this.#failures <= HANDOVER_ATTEMPTS;
    const cap = soon ? { cap: HANDOVER_CAP_MS } : {};
    return backoff(this.#failures, { random: this.#random, ...cap });
  }

  #tryAfter(wait) {
    this.#failures += 1;
    this.#trying = false;
    this.#clock.clearTimeout(this.#timer);
    this.#retryAt = this.#clock.ticks() + wait;
    this.#timer = this.#clock.setTimeout(() => this.now(), wait);
    this.#onChange();
  }
}
