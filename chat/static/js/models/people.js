/** Who is in a room. Above 200 people the server sends only how many. */
export class People {
  #byId = new Map();
  #sorted = null;
  #count = 0;

  get count() {
    return this.#count;
  }

  /** By name, the way people look for one. */
  get sorted() {
    this.#sorted ??= [...this.#byId.values()].sort((a, b) => a.name.localeCompare(b.name));
    return this.#sorted;
  }

  /** How many there are beside those that are known by name. */
  get unnamed() {
    return Math.max(0, this.#count - this.#byId.size);
  }

  replace({ people, count }) {
    this.#byId = new Map(people.map((person) => [person.id, person]));
    this.#sorted = null;
    this.#count = count;
  }

  change({ count, joined = [], left = [] }) {
    if (joined.length === count) this.#byId.clear(); // these are all who are here
    for (const person of joined) this.#byId.set(person.id, person);
    for (const id of left) this.#byId.delete(id);
    this.#sorted = null;
    this.#count = count;
  }
}
