/** A part of the page that is loaded when it is first needed; a failed load is retried. */
export class LatePart {
  #load;
  #loading = null;
  #part = null;
  #waiting = [];

  /** @param {() => Promise<object>} load */
  constructor(load) {
    this.#load = load;
  }

  /** The part; null until it is loaded. */
  get part() {
    return this.#part;
  }

  /** @throws if loading fails: without a connection, or after an update of the server */
  async get() {
    if (this.#part) return this.#part;
    this.#loading ??= this.#load();
    try {
      this.#part = await this.#loading;
    } finally {
      this.#loading = null;
    }
    for (const task of this.#waiting.splice(0)) task(this.#part);
    return this.#part;
  }

  /** Runs the task as soon as the part is loaded, after any number of attempts. */
  whenHere(task) {
    if (this.#part) return task(this.#part);
    this.#waiting.push(task);
    this.get().catch(() => {}); // `loadAll` of late-parts.js retries
  }
}
