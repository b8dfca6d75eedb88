import { backoff } from "../lib/backoff.js";
import { RequestError } from "../lib/request-error.js";

const A_DAY_MS = 24 * 60 * 60 * 1000;
const MOST_MS = 30 * A_DAY_MS; // the server's limit; it would refuse a message with a higher value

/**
 * Sends the outbox of one room, one message after the other, to keep their order. It stops when the
 * connection fails and goes on at the next `kick`. The lock lets only one tab send at a time; the next
 * tab sends the remaining messages.
 */
export class Dispatcher {
  #room;
  #outbox;
  #send;
  #lock;
  #clock;
  #random;
  #onSent;
  #onChange;
  #running = false;
  #again = false;
  #failures = 0;
  #timer;
  #giveUp = () => {};

  constructor({ room, outbox, send, lock, clock, random = Math.random, onSent, onChange }) {
    this.#room = room;
    this.#outbox = outbox;
    this.#send = send;
    this.#lock = lock;
    this.#clock = clock;
    this.#random = random;
    this.#onSent = onSent;
    this.#onChange = onChange;
  }

  async kick() {
    this.#clock.clearTimeout(this.#timer);
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#again) {
        this.#again = false;
        await this.#lock(() => this.#drain());
      }
    } finally {
      this.#running = false;
    }
  }

  /** Retries at once, without waiting for a pending answer. */
  async retry() {
    this.#giveUp();
    await this.kick();
  }

  async #drain() {
    for (let entry = this.#next(); entry; entry = this.#next()) {
      if (!(await this.#attempt(entry))) return;
    }
  }

  #next() {
    return this.#outbox.of(this.#room).find(({ error }) => error === null);
  }

  /** @returns {Promise<boolean>} whether to go on with the next entry */
  async #attempt(entry) {
    const payload = this.#payload(entry);
    try {
      const { message } = await this.#unlessGivenUp(this.#send(payload));
      this.#failures = 0;
      this.#outbox.remove(entry.client_id);
      this.#onSent(message);
      return true;
    } catch (error) {
      return this.#failed(entry, error);
    }
  }

  #unlessGivenUp(answer) {
    const givenUp = new Promise((_resolve, reject) => {
      this.#giveUp = () => reject(new RequestError({ code: "timeout" }));
    });
    return Promise.race([answer, givenUp]);
  }

  #payload({ client_id, room, text, first_attempt_at, queued_at }) {
    if (this.#outbox.isUntried(client_id)) {
      this.#outbox.tried(client_id);
      return { room, text, client_id };
    }
    // Without a time, another page may still have sent it, and failed to store the time.
    const elapsed = this.#clock.now() - (first_attempt_at ?? queued_at);
    const first_attempt_ms_ago = elapsed >= 0 ? Math.min(elapsed, MOST_MS) : A_DAY_MS; // the clock was set back
    return { room, text, client_id, first_attempt_ms_ago };
  }

  #failed({ client_id }, error) {
    if (!error.passing) {
      this.#outbox.update(client_id, { error: error.message });
      this.#onChange();
      return true;
    }
    if (error.code !== "offline") this.#tryLater(error.retryAfterMs);
    return false;
  }

  #tryLater(afterMs = 0) {
    const wait = Math.max(afterMs, backoff(this.#failures++, { random: this.#random }));
    this.#timer = this.#clock.setTimeout(() => this.kick(), wait);
  }
}
