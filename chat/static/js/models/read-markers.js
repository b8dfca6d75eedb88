/** The newest message that the reader has seen in each room. A marker only ever moves forward. */
export class ReadMarkers {
  #storage;
  #prefix;

  constructor({ storage, userId }) {
    this.#storage = storage;
    this.#prefix = `read ${userId} `;
  }

  of(room) {
    return this.#storage.get(this.#prefix + room);
  }

  /** @returns {boolean} whether the marker moved */
  advance(room, id) {
    const current = this.of(room);
    if (current !== null && current >= id) return false;
    this.#storage.set(this.#prefix + room, id);
    return true;
  }

  /** The room that a `storage` event of another tab is about, if it is about a marker. */
  roomOf(key) {
    return key?.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : null;
  }
}
