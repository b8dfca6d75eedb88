const KINDS = ["outbox", "draft", "read", "level", "notifications", "emoji", "tone", "untold"];
const LEAVING = "signing out";
const SIGNED_OUT = "You were signed out before this was sent.";

/**
 * The data that this browser stores for a person, by the id. If the session expired and somebody of the
 * same name has another id now, because the cookie was lost, they get the data; a sign-out deletes them.
 */
export class Belongings {
  #storage;

  constructor({ storage }) {
    this.#storage = storage;
  }

  /** The person is signed in, and takes over the data of earlier sessions of the same name. */
  claim({ id, name }) {
    this.#storage.remove(LEAVING); // the sign-out failed: no sign-in page was shown in between
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

  /** Whether the person was about to sign out, and neither the chat nor the sign-in page came since. */
  isLeaving({ id }) {
    return this.#storage.get(LEAVING) === id;
  }

  /** The person does not sign out after all. */
  stay() {
    this.#storage.remove(LEAVING);
  }

  /** Nobody is signed in any more: deletes the data of the person who has signed out. */
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

/** Merges the value of the former session (`left`) and that of the new one (`there`), if any. */
const MERGED = {
  /**
   * The server may have stored the message under the former id, and can't recognise it under the new
   * one. So only the reader can decide to send it again. The client id stays, so that two tabs that
   * take over at the same time make one entry.
   */
  outbox: (left) => ({ ...left, error: left.error ?? SIGNED_OUT }),
  draft: (left, there) => [there, left].filter(Boolean).join("\n"),
  read: (left, there) => (there !== null && there > left ? there : left),
  level: (left, there) => there ?? left,
  notifications: (left, there) => there ?? left,
  emoji: (left, there) => there ?? left,
  tone: (left, there) => there ?? left,
  untold: (left, there) => ({ ...left, ...there }),
};
