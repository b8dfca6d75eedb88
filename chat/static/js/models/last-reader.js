const KEY = "last reader";

/** Who was signed in here last, for the page that opens without a connection. */
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
