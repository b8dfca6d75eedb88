import { backoff } from "../lib/backoff.js";

const SPREAD_MS = 1000; // random delay, so that clients that missed the same event don't join at once
const AT_ONCE = 3; // holes in a row that are filled without backoff
const CALM_MS = 10_000; // without a hole for this long after a join, the next hole is the first in a row
const LONGEST_WAIT_MS = 60_000;

/**
 * Detects lost events of a room (a hole), and keeps the cursor from which missing messages are
 * requested.
 *
 * Every event of a room has the number of events that the server sent to the room before it
 * (`follows`). A number greater than expected shows that an event was lost; only the answer to a join
 * fills that hole. While there are no events, marks have the number. An event or a mark may also have
 * an `up_to`: all messages up to this id were sent. Then the cursor becomes the newest held message up
 * to this id. Live messages themselves never move the cursor: one before them may have been lost, or
 * be stored at another server, and the clock that `up_to` comes from may have been ahead.
 *
 * A server of the first edition of the contract sends neither. Then nothing is counted, and the
 * cursor is the newest message that arrived while no hole was known.
 */
export class Continuity {
  #clock;
  #random;
  #onHole;
  #live = false;
  #hole = false;
  #next = null; // the expected `follows` of the next event; null while unknown
  #early = null; // events that arrived since a join was sent; null while no join is pending
  #store;
  #upTo;
  #after;
  #newest; // the cursor of the first edition
  #mends = 0;
  #mendedAt = Number.NEGATIVE_INFINITY;

  /** @param {{store: MessageStore, clock: object, random?: () => number,
   *    onHole: (waitMs: number) => void}} options
   *    `onHole`: called to join the room again, after that time */
  constructor({ store, clock, random = Math.random, onHole }) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#onHole = onHole;
  }

  /** Whether the room is joined, so that new messages arrive by themselves. */
  get live() {
    return this.#live;
  }

  /** Whether an event is known to be lost. */
  get hole() {
    return this.#hole;
  }

  /** The cursor fields of a join; without any, a join asks for the newest page. */
  get cursor() {
    if (this.#upTo === undefined) return { after: this.#newest };
    return this.#after === undefined ? {} : { after: this.#after, up_to: this.#upTo };
  }

  /** A join is sent: until its answer, events are queued, because their numbers can't be checked. */
  asked() {
    this.#early = [];
  }

  /**
   * The join was answered, and the answer is in the store.
   *
   * @param {{follows?: number, up_to?: string}} answer
   * @param {{startsOver: boolean, newest?: string}} how `startsOver`: the earlier messages were
   *   dropped; `newest`: the newest message of the store
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

  /** Counts an event of the room, of any kind. */
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

  /** A message has arrived: it becomes the cursor if the server sends no `up_to`. */
  saw(id) {
    if (!this.#live || this.#hole) return;
    if (this.#newest === undefined || id > this.#newest) this.#newest = id;
  }

  /** The connection broke, or the reader left the room: the next join starts with other numbers. */
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

  /** The wait before the next join; it grows, so that a server with wrong numbers gets few joins. */
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
