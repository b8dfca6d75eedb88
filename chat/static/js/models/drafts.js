/** Unfinished messages, one text per room. */
export class Drafts {
  #storage;
  #prefix;
  #rooms;

  constructor({ storage, userId }) {
    this.#storage = storage;
    this.#prefix = `draft ${userId} `;
    this.#rooms = new Set(storage.keys(this.#prefix).map((key) => this.#roomOf(key)));
  }

  of(room) {
    return this.#storage.get(this.#prefix + room) ?? "";
  }

  has(room) {
    return this.#rooms.has(room);
  }

  keep(room, text) {
    if (text) this.#storage.set(this.#prefix + room, text);
    else this.#storage.remove(this.#prefix + room);
    this.#note(room, text);
  }

  /** Another tab has changed the value of that key. @returns {boolean} whether it is a draft */
  changed(key) {
    if (!key?.startsWith(this.#prefix)) return false;
    const room = this.#roomOf(key);
    this.#note(room, this.of(room));
    return true;
  }

  #note(room, text) {
    if (text) this.#rooms.add(room);
    else this.#rooms.delete(room);
  }

  #roomOf(key) {
    return key.slice(this.#prefix.length);
  }
}
