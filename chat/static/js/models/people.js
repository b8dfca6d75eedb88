/** The people in a room. Above 200 people the server sends only their number. */
export class People {
  #byId = new Map();
  #sorted = null;
  #count = 0;

  get count() {
    return this.#count;
  }

  /** The people in the order of their names. */
  get sorted() {
    this.#sorted ??= [...this.#byId.values()].sort((a, b) => a.name.localeCompare(b.name));
    return this.#sorted;
  }

  /** The number of people whose names are not known here. */
  get unnamed() {
    return Math.max(0, this.#count - this.#byId.size);
  }

  replace({ people, count }) {
    this.#byId = new Map(people.map((person) => [person.id, person]));
    this.#sorted = null;
    this.#count = count;
  }

  change({ count, joined = [], left = [] }) {
    if (joined.length === count) this.#byId.clear(); // `joined` is the complete list
    for (const person of joined) this.#byId.set(person.id, person);
    for (const id of left) this.#byId.delete(id);
    this.#sorted = null;
    this.#count = count;
  }
}
