import { RequestError } from "../../chat/static/js/lib/request-error.js";
import { SafeStorage } from "../../chat/static/js/models/safe-storage.js";

/** A clock that only the test advances. It runs the timers that become due meanwhile. */
export class FakeClock {
  #now = Date.UTC(2026, 10, 22, 10, 0, 0);
  #ticks = 5000;
  #tasks = new Map();
  #nextTimer = 1;

  now = () => this.#now;
  ticks = () => this.#ticks;

  setTimeout = (task, ms) => {
    this.#tasks.set(this.#nextTimer, { task, due: this.#ticks + ms });
    return this.#nextTimer++;
  };

  clearTimeout = (timer) => this.#tasks.delete(timer);

  /** Sets the clock without running anything, as a person or a time server does. */
  jump(ms) {
    this.#now += ms;
  }

  advance(ms) {
    const end = this.#ticks + ms;
    for (;;) {
      const [timer, next] = this.#earliest();
      if (!next || next.due > end) break;
      this.#tasks.delete(timer);
      this.#moveTo(next.due);
      next.task();
    }
    this.#moveTo(end);
  }

  /** When the next task is due; infinity without one. */
  get nextDue() {
    return this.#earliest()[1]?.due ?? Number.POSITIVE_INFINITY;
  }

  #moveTo(ticks) {
    this.#now += ticks - this.#ticks;
    this.#ticks = ticks;
  }

  #earliest() {
    return [...this.#tasks].sort(([, a], [, b]) => a.due - b.due)[0] ?? [];
  }
}

/** Random choices that follow from a seed (the generator is mulberry32). */
export function seeded(seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(random() * limit);
  return { random, below, happens: (share) => random() < share };
}

/** Storage that lasts as long as the test, shared by the "tabs" that get the same one. */
export const memoryStorage = () =>
  new SafeStorage(() => {
    throw new Error("no storage here");
  });

export const me = { id: "u-me", name: "Me" };
export const ada = { id: "u-ada", name: "Ada" };

/** A message whose id and time follow from `minute`. */
export function message(
  minute,
  { user = ada, text = `m${minute}`, clientId = `c${minute}`, room = "general" } = {},
) {
  const sent_at = `2026-11-22T10:${String(minute).padStart(2, "0")}:00.000000Z`;
  return { id: `${sent_at}.0000000000`, room, user, text, sent_at, client_id: clientId };
}

export const refusal = (code, more = {}) => new RequestError({ code, message: code, ...more });

/** Waits until all callbacks of settled promises have run. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A promise to be settled by the test. */
export function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}
