const KINDS = ["outbox", "draft", "read", "notifications", "emoji", "tone"];
const LEAVING = "signing out";
const SIGNED_OUT = "You were signed out before this was sent.";

/**
 * What this browser keeps for a person, who has another id after every sign-in. After a session
 * that ended by itself it goes to the next one of the same name; after a sign-out it is deleted.
 */
export class Belongings {
  #storage;

  constructor({ storage }) {
    this.#storage = storage;
  }

  /** The person is here, and gets what earlier sessions under that name have left behind. */
  claim({ id, name }) {
    this.#storage.remove(LEAVING); // without a sign-in page in between it came to nothing
    for (const former of this.#formerIdsOf(name, id)) {
      for (const key of this.#keysOf(former)) this.#handOver(key, former, id);
      this.#delete(former);
    }
    this.#storage.set(`name ${id}`, name);
  }

  /** The person is about to sign out on purpose. */
  leave({ id }) {
    this.#storage.set(LEAVING, id);
  }

  /** The person stays after all. */
  stay() {
    this.#storage.remove(LEAVING);
  }

  /** Nobody is signed in any more: deletes what belongs to whoever has signed out. */
  clear() {
    const id = this.#storage.get(LEAVING);
    if (id) this.#delete(id);
    this.#storage.remove(LEAVING);
  }

  #formerIdsOf(name, id) {
    return this.#storage
      .keys("name ")
      .filter((key) => this.#storage.get(key) === name)
      .map((key) => key.slice("name ".length))
      .filter((former) => former !== id);
  }

  #keysOf(id) {
    return KINDS.flatMap((kind) => this.#storage.keys(`${kind} ${id}`));
  }

  #handOver(key, former, id) {
    const [kind] = key.split(" ", 1);
    const to = key.replace(former, id);
    const value = this.#storage.get(key);
    this.#storage.set(to, MERGED[kind](value, this.#storage.get(to)));
  }

  #delete(id) {
    for (const key of this.#keysOf(id)) this.#storage.remove(key);
    this.#storage.remove(`name ${id}`);
  }
}

/** What becomes of the value that was left and the one that is there already, if any. */
const MERGED = {
  /**
   * It may have been stored under the former id, and the server can't tell that it is the same:
   * only the reader can decide to send it again. The client id stays, so that two tabs that take
   * over at once make one entry of it.
   */
  outbox: (left) => ({ ...left, error: left.error ?? SIGNED_OUT }),
  draft: (left, there) => [there, left].filter(Boolean).join("\n"),
  read: (left, there) => (there !== null && there > left ? there : left),
  notifications: (left, there) => there ?? left,
  emoji: (left, there) => there ?? left,
  tone: (left, there) => there ?? left,
};
