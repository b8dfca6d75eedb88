/** What was begun but not sent, one text per room. */
export class Drafts {
  #storage;
  #prefix;

  constructor({ storage, userId }) {
    this.#storage = storage;
    this.#prefix = `draft ${userId} `;
  }

  of(room) {
    return this.#storage.get(this.#prefix + room) ?? "";
  }

  keep(room, text) {
    if (text) this.#storage.set(this.#prefix + room, text);
    else this.#storage.remove(this.#prefix + room);
  }
}
