import { newId as randomId } from "../lib/ids.js";

/**
 * Messages that the server hasn't acknowledged yet, per user and room. Each has a storage key of its
 * own, so two tabs never overwrite each other's entries.
 *
 * @typedef {{client_id: string, room: string, text: string, queued_at: number,
 *   first_attempt_at: number | null, error: string | null}} OutboxEntry
 */
export class Outbox {
  #storage;
  #prefix;
  #clock;
  #newId;
  #untried = new Set();

  constructor({ storage, userId, clock, newId = randomId }) {
    this.#storage = storage;
    this.#prefix = `outbox ${userId} `;
    this.#clock = clock;
    this.#newId = newId;
  }

  add(room, text) {
    const now = this.#clock.now();
    const last = this.of(room).at(-1)?.queued_at ?? 0;
    const client_id = this.#newId();
    this.#untried.add(client_id);
    return this.#put({
      client_id,
      room,
      text,
      queued_at: Math.max(now, last + 1), // the order, even if the clock steps back
      first_attempt_at: null,
      error: null,
    });
  }

  /** Whether the entry can't have been sent yet: it was written on this page, and not sent from here. */
  isUntried(clientId) {
    return this.#untried.has(clientId);
  }

  /** Called before the entry is sent, so that after a crash the resend says that it is a resend. */
  tried(clientId) {
    this.#untried.delete(clientId);
    this.update(clientId, { first_attempt_at: this.#clock.now() });
  }

  /** The room's entries in the order in which they were written. */
  of(room) {
    return this.#all()
      .filter((entry) => entry.room === room)
      .sort((a, b) => a.queued_at - b.queued_at);
  }

  /** The refused entries of all rooms. */
  get failed() {
    return this.#all().filter(({ error }) => error);
  }

  get(clientId) {
    return this.#storage.get(this.#prefix + clientId);
  }

  rooms() {
    return [...new Set(this.#all().map(({ room }) => room))];
  }

  /** Changes an entry, unless it was removed meanwhile, perhaps by another tab. */
  update(clientId, changes) {
    const entry = this.get(clientId);
    return entry && this.#put({ ...entry, ...changes });
  }

  remove(clientId) {
    this.#storage.remove(this.#prefix + clientId);
  }

  /** Whether a `storage` event of another tab is about this outbox. */
  owns(key) {
    return key?.startsWith(this.#prefix) ?? false;
  }

  #put(entry) {
    this.#storage.set(this.#prefix + entry.client_id, entry);
    return entry;
  }

  #all() {
    return this.#storage
      .keys(this.#prefix)
      .map((key) => this.#storage.get(key))
      .filter((entry) => typeof entry?.client_id === "string" && typeof entry.text === "string");
  }
}
