const LEVELS = ["all", "mentions", "nothing"];

/**
 * Which messages of each room the reader wants notifications of, and whether with a sound. The levels
 * of the rooms are the same on all devices; the sound is a setting of this browser, for all its tabs.
 */
export class NotificationSettings {
  #storage;
  #key;
  #prefix;

  constructor({ storage, userId }) {
    this.#storage = storage;
    this.#key = `notifications ${userId}`;
    this.#prefix = `level ${userId} `;
  }

  get sound() {
    return this.#storage.get(this.#key)?.sound ?? false;
  }

  set sound(sound) {
    this.#storage.set(this.#key, { ...this.#storage.get(this.#key), sound });
  }

  /** @returns {"all" | "mentions" | "nothing"} */
  of(room) {
    const level = this.#storage.get(this.#prefix + room)?.level ?? this.#former;
    return LEVELS.includes(level) ? level : "nothing";
  }

  /** The reader has chosen; the server doesn't know that yet. */
  choose(room, level) {
    this.#storage.set(this.#prefix + room, { level, told: false });
  }

  /** Whether the reader has chosen a level that the server may not know. */
  isUntold(room) {
    return this.#storage.get(this.#prefix + room)?.told === false;
  }

  /** Whether the reader has chosen a level for this room. */
  isChosen(room) {
    return this.#storage.get(this.#prefix + room) !== null;
  }

  /** The server has this level. */
  learn(room, level) {
    this.#storage.set(this.#prefix + room, { level, told: true });
  }

  /** The room that a `storage` event of another tab is about, if it is about a level. */
  roomOf(key) {
    return key?.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : null;
  }

  /** What was chosen for all rooms, before each room had a choice of its own. */
  get #former() {
    const about = this.#storage.get(this.#key)?.about;
    return about === "messages" ? "all" : about;
  }
}
