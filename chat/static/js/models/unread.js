const LAST_KEPT_OF_ID = 27; // the time; what follows is the part that makes an id unique

/** How many unread messages the rooms have that one isn't in right now. */
export class Unread {
  #markers;
  #request;
  #onChange;
  #counts = new Map();
  #latest = new Map();

  constructor({ markers, request, onChange }) {
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

  /** Something new in a room: a room that was never opened counts from here on. */
  async activity({ room, latest }) {
    this.#latest.set(room, latest);
    if (this.#markers.of(room) === null) this.#markers.advance(room, justBefore(latest));
    await this.#ask([room]);
  }

  /** Another tab moved the read marker. */
  async readElsewhere(room) {
    const latest = this.#latest.get(room);
    if (latest !== undefined && this.#markers.of(room) >= latest) this.set(room, 0);
    else await this.#ask([room]);
  }

  /** After a time in which there may have been news that nobody told of. */
  async refresh(rooms) {
    for (const room of rooms) this.#latest.delete(room);
    await this.#ask(rooms);
  }

  async #ask(rooms) {
    const known = rooms.filter((room) => this.#markers.of(room) !== null);
    if (known.length === 0) return;
    const after = Object.fromEntries(known.map((room) => [room, this.#markers.of(room)]));
    const { counts } = await this.#request("unread", { after });
    for (const [room, count] of Object.entries(counts)) {
      if (this.#markers.of(room) === after[room]) this.set(room, count); // else it is out of date
    }
  }
}

const justBefore = (id) =>
  `${id.slice(0, LAST_KEPT_OF_ID)}.${"0".repeat(id.length - LAST_KEPT_OF_ID - 1)}`;
