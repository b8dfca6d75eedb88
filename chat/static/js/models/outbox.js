import { newId as randomId } from "../lib/ids.js";

/**
 * Messages that the server hasn't acknowledged yet, per user and room. Each has a storage key of its
 * own, so two tabs never overwrite each other's entries.
 *
 * @typedef {{client_id: string, room: string, text: string, queued_at: number,
 *   waiting_since: number, first_attempt_at: number | null, error: string | null}} OutboxEntry
 */
export class Outbox {
  #storage;
  #prefix;
  #clock;
  #newId;

  constructor({ storage, userId, clock, newId = randomId }) {
    this.#storage = storage;
    this.#prefix = `outbox ${userId} `;
    this.#clock = clock;
    this.#newId = newId;
  }

  add(room, text) {
    const now = this.#clock.now();
    const last = this.of(room).at(-1)?.queued_at ?? 0;
    return this.#put({
      client_id: this.#newId(),
      room,
      text,
      queued_at: Math.max(now, last + 1), // the order, even if the clock steps back
      waiting_since: now,
      first_attempt_at: null,
      error: null,
    });
  }

  /** The room's entries in the order in which they were written. */
  of(room) {
    return this.#all()
      .filter((entry) => entry.room === room)
      .sort((a, b) => a.queued_at - b.queued_at);
  }

  rooms() {
    return [...new Set(this.#all().map(({ room }) => room))];
  }

  /** Changes an entry, unless it was settled meanwhile, perhaps by another tab. */
  update(clientId, changes) {
    const entry = this.#storage.get(this.#prefix + clientId);
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
