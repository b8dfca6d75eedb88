import { backoff } from "../lib/backoff.js";

const SPREAD_MS = 1000; // so that not all who have missed the same join in the same moment
const AT_ONCE = 3; // holes in a row that are mended that fast
const CALM_MS = 10_000; // a hole that comes so long after the last one is not in a row with it
const LONGEST_WAIT_MS = 60_000;

/**
 * Whether a room has a hole, and from where on to ask for what is missing.
 *
 * Every event to a room says how many the server sent there before it (`follows`). A number that
 * is greater than the next one shows that something was lost on the way; only the answer to a join
 * mends that. A mark says the same in silence. An event or a mark may say up to which id all
 * messages were sent (`up_to`). In that moment the cursor becomes the newest held message up to
 * there. Live messages themselves never move it: one before them may have been lost, or be stored
 * at another server, and the clock that `up_to` comes from may have been ahead.
 *
 * A server of the first edition of the contract says neither. Then nothing is counted, and the
 * cursor is the newest message that arrived while nothing was known to be missing.
 */
export class Continuity {
  #clock;
  #random;
  #onHole;
  #live = false;
  #hole = false;
  #next = null; // what the next event has to follow; null while that is unknown
  #early = null; // what has arrived since a join was sent; null while none is under way
  #store;
  #upTo;
  #after;
  #newest; // the cursor of the first edition
  #mends = 0;
  #mendedAt = Number.NEGATIVE_INFINITY;

  /** @param {{store: MessageStore, clock: object, random?: () => number,
   *    onHole: (waitMs: number) => void}} options
   *    `onHole`: the room is to be joined again, after that time */
  constructor({ store, clock, random = Math.random, onHole }) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#onHole = onHole;
  }

  /** Whether the room was joined, and what is said there arrives by itself. */
  get live() {
    return this.#live;
  }

  /** Whether something is known to be missing. */
  get hole() {
    return this.#hole;
  }

  /** What a join has to say; nothing asks for the newest page. */
  get cursor() {
    if (this.#upTo === undefined) return { after: this.#newest };
    return this.#after === undefined ? {} : { after: this.#after, up_to: this.#upTo };
  }

  /** A join is sent: until it is answered, numbers prove nothing. */
  asked() {
    this.#early = [];
  }

  /**
   * The join was answered, and the answer is in the store.
   *
   * @param {{follows?: number, up_to?: string}} answer
   * @param {{startsOver: boolean, newest?: string}} how `startsOver`: what was known before is
   *   gone; `newest`: the newest message of the store
   */
  answered({ follows = null, up_to: upTo }, { startsOver, newest }) {
    this.#live = true;
    this.#hole = false;
    this.#mendedAt = this.#clock.ticks();
    this.#newest = newest;
    if (startsOver || upTo === undefined) this.#upTo = undefined;
    if (upTo !== undefined) this.#raise(upTo);
    this.#next = follows;
    const early = this.#early ?? [];
    this.#early = null;
    for (const take of early) take();
  }

  /** An event of the room, whatever it tells. */
  count({ follows, up_to: upTo }) {
    this.#take(() => {
      if (!this.#isNext(follows)) return;
      this.#next += 1;
      if (upTo !== undefined) this.#raise(upTo);
    });
  }

  mark({ follows, up_to: upTo }) {
    this.#take(() => {
      if (this.#isNext(follows)) this.#raise(upTo);
    });
  }

  /** A message has arrived. Counts only where the server knows nothing better. */
  saw(id) {
    if (!this.#live || this.#hole) return;
    if (this.#newest === undefined || id > this.#newest) this.#newest = id;
  }

  /** The connection broke, or the reader left: the numbers of the next one are others. */
  lost() {
    this.#live = false;
    this.#next = null;
    this.#early = null;
  }

  #take(step) {
    if (this.#early) this.#early.push(step);
    else step();
  }

  #isNext(follows) {
    if (this.#next === null || this.#hole) return false;
    if (follows > this.#next) this.#miss();
    return follows === this.#next;
  }

  #miss() {
    this.#hole = true;
    this.#onHole(this.#wait());
  }

  /** A server whose numbers make no sense is asked less and less. */
  #wait() {
    if (this.#clock.ticks() - this.#mendedAt >= CALM_MS) this.#mends = 0;
    this.#mends += 1;
    const excess = this.#mends - AT_ONCE;
    if (excess <= 0) return Math.round(this.#random() * SPREAD_MS);
    return backoff(excess, { cap: LONGEST_WAIT_MS, random: this.#random });
  }

  #raise(upTo) {
    if (this.#upTo !== undefined && upTo <= this.#upTo) return;
    this.#upTo = upTo;
    this.#after = this.#store.newestUpTo(upTo)?.id;
  }
}
