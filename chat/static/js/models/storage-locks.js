import { newId } from "../lib/ids.js";

const LEASE_MS = 6000; // a lock that isn't renewed expires after this time
const RENEWED_EVERY_MS = 2000;
const SETTLED_AFTER_MS = 200; // a write of another tab is visible by then, also on a busy machine
const LOOKED_AT_EVERY_MS = 250;

/**
 * Locks between the tabs of a browser, with the interface of `navigator.locks`, which browsers have
 * only over HTTPS. Not safe: after a suspension two tabs may hold the same lock. So a lock only saves
 * work.
 */
export class StorageLocks {
  #storage;
  #clock;

  constructor({ storage, clock }) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /**
   * @param {string} name
   * @param {[{ifAvailable?: boolean}?, (lock: object | null) => Promise<unknown>]} optionsAndTask
   *   with `ifAvailable` the task gets null if another tab holds the lock
   */
  async request(name, ...optionsAndTask) {
    const task = optionsAndTask.pop();
    const key = `lock ${name}`;
    const holder = newId();
    while (!(await this.#take(key, holder))) {
      if (optionsAndTask[0]?.ifAvailable) return task(null);
      await this.#pass(LOOKED_AT_EVERY_MS);
    }
    const renewing = this.#renew(key, holder);
    try {
      return await task({ name });
    } finally {
      this.#clock.clearTimeout(renewing.timer);
      if (this.#holds(key, holder)) this.#storage.remove(key);
    }
  }

  /** @returns {Promise<boolean>} whether this tab got the lock, and no other at the same moment */
  async #take(key, holder) {
    if (!this.#isFree(key)) return false;
    this.#write(key, holder);
    await this.#pass(SETTLED_AFTER_MS);
    return this.#holds(key, holder);
  }

  #holds(key, holder) {
    return this.#storage.get(key)?.holder === holder;
  }

  #isFree(key) {
    const now = this.#clock.now();
    const { until = 0 } = this.#storage.get(key) ?? {};
    return until <= now || until > now + LEASE_MS; // the latter if the clock was set back
  }

  #write(key, holder) {
    this.#storage.set(key, { holder, until: this.#clock.now() + LEASE_MS });
  }

  #renew(key, holder, renewing = {}) {
    renewing.timer = this.#clock.setTimeout(() => {
      if (!this.#holds(key, holder)) return; // expired, and taken by another tab
      this.#write(key, holder);
      this.#renew(key, holder, renewing);
    }, RENEWED_EVERY_MS);
    return renewing;
  }

  #pass(ms) {
    return new Promise((resolve) => this.#clock.setTimeout(resolve, ms));
  }
}
