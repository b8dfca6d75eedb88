const KEY = "last reader";

/** The person who was signed in last in this browser, for the offline page. */
export class LastReader {
  #storage;

  constructor({ storage }) {
    this.#storage = storage;
  }

  /** @returns {{id: string, rooms: {id: string, title: string}[]} | null} */
  get() {
    return this.#storage.get(KEY);
  }

  keep({ id }, rooms) {
    this.#storage.set(KEY, { id, rooms: rooms.map(({ id, title }) => ({ id, title })) });
  }

  forget() {
    this.#storage.remove(KEY);
  }
}
