const EXPIRES_AFTER_MS = 6000;

/** Who else is typing in a room. The server keeps no state, so each entry expires here. */
export class Typists {
  #clock;
  #onChange;
  #timers = new Map();
  #people = new Map();

  constructor({ clock, onChange }) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get names() {
    return [...this.#people.values()].map(({ name }) => name);
  }

  started(user) {
    this.#clock.clearTimeout(this.#timers.get(user.id));
    this.#timers.set(
      user.id,
      this.#clock.setTimeout(() => this.stopped(user.id), EXPIRES_AFTER_MS),
    );
    this.#people.set(user.id, user);
    this.#onChange();
  }

  stopped(userId) {
    if (!this.#people.delete(userId)) return;
    this.#clock.clearTimeout(this.#timers.get(userId));
    this.#timers.delete(userId);
    this.#onChange();
  }

  clear() {
    for (const id of [...this.#people.keys()]) this.stopped(id);
  }
}
