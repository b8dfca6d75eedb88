const DEFAULTS = { about: "nothing", sound: false };

/** Which messages the reader wants notifications of; the same in all tabs. */
export class NotificationSettings {
  #storage;
  #key;

  constructor({ storage, userId }) {
    this.#storage = storage;
    this.#key = `notifications ${userId}`;
  }

  /** @returns {"nothing" | "mentions" | "messages"} */
  get about() {
    return this.#all.about;
  }

  set about(about) {
    this.#storage.set(this.#key, { ...this.#all, about });
  }

  get sound() {
    return this.#all.sound;
  }

  set sound(sound) {
    this.#storage.set(this.#key, { ...this.#all, sound });
  }

  get #all() {
    return { ...DEFAULTS, ...this.#storage.get(this.#key) };
  }
}
