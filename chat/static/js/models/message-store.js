/** A room's messages, each once, sorted by id. */
export class MessageStore {
  #sorted = [];
  #ids = new Set();

  /** @returns {Message[]} those that were not there before */
  merge(messages) {
    const added = messages.filter(({ id }) => !this.#ids.has(id) && this.#ids.add(id));
    for (const message of added) this.#insert(message);
    return added;
  }

  keepNewest(count) {
    const dropped = this.#sorted.splice(0, this.#sorted.length - count);
    for (const { id } of dropped) this.#ids.delete(id);
  }

  clear() {
    this.#sorted = [];
    this.#ids.clear();
  }

  get messages() {
    return this.#sorted;
  }

  get oldest() {
    return this.#sorted[0];
  }

  get newest() {
    return this.#sorted.at(-1);
  }

  /** The newest message whose id is `id` or before it. */
  newestUpTo(id) {
    return this.#sorted[this.#placeOf(id, { behind: true }) - 1];
  }

  after(id) {
    return this.#sorted.slice(this.#placeOf(id, { behind: true }));
  }

  #insert(message) {
    if (!this.newest || this.newest.id < message.id) this.#sorted.push(message);
    else this.#sorted.splice(this.#placeOf(message.id), 0, message);
  }

  #placeOf(id, { behind = false } = {}) {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#sorted[middle].id;
      if (other < id || (behind && other === id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
