import { REQUESTS } from "../contract.js";
import { backoff } from "../lib/backoff.js";

const EVERY_MS = 1000; // between two requests at least
const FOR_EACH_ROOM_MS = 200; // a quarter of the rate that the server allows a person by default
const MOST_ROOMS = 100; // in one request; the server's limit
const LAST_KEPT_OF_ID = 27; // the length of the time in an id; the rest makes the id unique

/** The numbers of unread messages in the rooms that the reader isn't in. */
export class Unread {
  #markers;
  #request;
  #onChange;
  #counts = new Map();
  #latest = new Map();
  #clock;
  #random;
  #wanted = new Set();
  #asking = false;
  #failures = 0;

  constructor({ markers, request, clock, random, onChange }) {
    this.#clock = clock;
    this.#random = random;
    this.#markers = markers;
    this.#request = request;
    this.#onChange = onChange;
  }

  of(room) {
    return this.#counts.get(room) ?? 0;
  }

  set(room, count) {
    if (this.of(room) === count) return;
    this.#counts.set(room, count);
    this.#onChange();
  }

  /** A new message in a room; for a room that was never opened, counting starts at this message. */
  activity({ room, latest }) {
    this.#latest.set(room, latest);
    if (this.#markers.of(room) === null) this.#markers.advance(room, justBefore(latest));
    this.#want([room]);
  }

  /** Another tab moved the read marker. */
  readElsewhere(room) {
    const latest = this.#latest.get(room);
    if (latest !== undefined && this.#markers.of(room) >= latest) this.set(room, 0);
    else this.#want([room]);
  }

  /**
   * Finds all counts again after a time without a connection.
   *
   * @param {string[]} rooms
   * @param {Map<string, string | null>} latest the newest ids, as far as they are known: a room that is
   *   read up to there needs no request
   */
  refresh(rooms, latest = new Map()) {
    this.#want(rooms.filter((room) => !this.#isReadUpTo(latest.get(room), room)));
  }

  #isReadUpTo(newest, room) {
    const seen = this.#latest.get(room) ?? ""; // may be newer
    this.#latest.delete(room);
    if (!newest) return false;
    const latest = [seen, newest].sort()[1];
    this.#latest.set(room, latest);
    const isRead = this.#markers.of(room) !== null && this.#markers.of(room) >= latest;
    if (isRead) this.set(room, 0);
    return isRead;
  }

  #want(rooms) {
    for (const room of rooms) if (this.#markers.of(room) !== null) this.#wanted.add(room);
    this.#askOn();
  }

  /** Makes one request after the other, until no room is left. */
  async #askOn() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#wanted.size > 0) await this.#wait(await this.#ask(this.#take()));
    } finally {
      this.#asking = false;
    }
  }

  #take() {
    const rooms = [...this.#wanted].slice(0, MOST_ROOMS);
    for (const room of rooms) this.#wanted.delete(room);
    return rooms;
  }

  /** @returns {Promise<number>} milliseconds until the next request */
  async #ask(rooms) {
    const after = Object.fromEntries(rooms.map((room) => [room, this.#markers.of(room)]));
    try {
      const { counts } = await this.#request(REQUESTS.unread, { after });
      for (const [room, count] of Object.entries(counts)) {
        if (this.#markers.of(room) === after[room]) this.set(room, count); // otherwise it is stale
      }
      this.#failures = 0;
      return Math.max(EVERY_MS, rooms.length * FOR_EACH_ROOM_MS);
    } catch (error) {
      if (!error.code) throw error;
      return this.#failed(rooms, error);
    }
  }

  /** Without a connection the requests stop; the next connection starts with all rooms. */
  #failed(rooms, error) {
    if (error.code === "offline") {
      this.#wanted.clear();
      return 0;
    }
    if (error.passing) for (const room of rooms) this.#wanted.add(room);
    const wait = backoff(this.#failures++, { random: this.#random });
    return Math.max(EVERY_MS, error.retryAfterMs ?? 0, wait);
  }

  #wait(ms) {
    return new Promise((resolve) => this.#clock.setTimeout(resolve, ms));
  }
}

const justBefore = (id) =>
  `${id.slice(0, LAST_KEPT_OF_ID)}.${"0".repeat(id.length - LAST_KEPT_OF_ID - 1)}`;
