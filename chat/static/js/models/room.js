import { REQUESTS } from "../contract.js";
import { MessageStore } from "./message-store.js";
import { OlderMessages } from "./older-messages.js";
import { People } from "./people.js";
import { RecoveryCursor } from "./recovery-cursor.js";
import { Typists } from "./typists.js";

export const SLOW_AFTER_MS = 10_000;

/** Everything that the client knows of one room. */
export class Room {
  #me;
  #request;
  #outbox;
  #clock;
  #pageSize;
  #onChange;
  #store = new MessageStore();
  #cursor = new RecoveryCursor();
  #readBefore = null;

  people = new People();

  constructor({ id, title, me, request, outbox, clock, pageSize, onChange }) {
    this.id = id;
    this.title = title;
    this.#me = me;
    this.#request = request;
    this.#outbox = outbox;
    this.#clock = clock;
    this.#pageSize = pageSize;
    this.#onChange = onChange;
    this.typists = new Typists({ clock, onChange });
    this.older = new OlderMessages({ load: () => this.#loadOlder(), onChange });
  }

  /** Whether everything up to now is here, and what comes next will arrive by itself. */
  get live() {
    return this.#cursor.live;
  }

  get newest() {
    return this.#store.newest;
  }

  /** What the timeline shows: the stored messages, then those that are still on their way. */
  get entries() {
    return [...this.#store.messages.map(stored), ...this.#waiting()];
  }

  /** The first message below the "new" line, as long as all the unread ones are loaded. */
  get newFrom() {
    if (this.#readBefore === null) return null;
    const unread = this.#store.after(this.#readBefore);
    if (this.older.more && unread.length === this.#store.messages.length) return null;
    const first = unread.find(({ user }) => user.id !== this.#me.id);
    return first ? keyOf(first) : null;
  }

  /** How many of others' messages are below the "new" line, as far as they are loaded. */
  get newCount() {
    return this.#readBefore === null ? 0 : this.countAfter(this.#readBefore);
  }

  /** Loads history back to the first unread message. */
  async loadNew() {
    while (this.newCount > 0 && this.newFrom === null && this.older.more) {
      await this.older.load();
      if (this.older.state === "failed") return;
    }
  }

  /** Others' messages behind `id`. */
  countAfter(id) {
    return this.#store.after(id).filter(({ user }) => user.id !== this.#me.id).length;
  }

  /** What arrives from now on is new to the reader. @param {string | null} id the newest that was read */
  markVisit(id) {
    this.#readBefore = id;
  }

  async join() {
    const after = this.#cursor.after;
    const answer = await this.#request(REQUESTS.join, {
      room: this.id,
      limit: this.#pageSize,
      after,
    });
    if (after === undefined || !answer.recovered) this.#startOver(answer);
    this.#merge(answer.messages);
    this.#cursor.joined(this.#store.newest?.id);
    this.people.replace(answer);
    this.#onChange();
  }

  lost() {
    this.#cursor.lost();
    this.typists.clear();
    this.#onChange();
  }

  receive(message) {
    this.typists.stopped(message.user.id);
    this.#merge([message]);
    this.#cursor.saw(message.id);
    this.#onChange();
  }

  /** Shows a text of the reader at once and keeps it until the server has it. */
  post(text) {
    this.#outbox.add(this.id, text);
    this.#clock.setTimeout(this.#onChange, SLOW_AFTER_MS);
    this.#onChange();
  }

  retry(clientId) {
    this.#outbox.update(clientId, { error: null, waiting_since: this.#clock.now() });
    this.#clock.setTimeout(this.#onChange, SLOW_AFTER_MS);
    this.#onChange();
  }

  discard(clientId) {
    this.#outbox.remove(clientId);
    this.#onChange();
  }

  /** What was loaded before has a gap behind it, except for what arrived during the join. */
  #startOver({ messages, more }) {
    const arrived = messages.length > 0 ? this.#store.after(messages.at(-1).id) : [];
    this.#store.clear();
    this.#store.merge(arrived);
    this.older.more = more;
  }

  async #loadOlder() {
    const before = this.#store.oldest.id;
    const answer = await this.#request(REQUESTS.history, {
      room: this.id,
      before,
      limit: this.#pageSize,
    });
    this.#merge(answer.messages);
    return answer;
  }

  #merge(messages) {
    for (const { user, client_id } of this.#store.merge(messages)) {
      if (user.id === this.#me.id) this.#outbox.remove(client_id);
    }
  }

  #waiting() {
    const slowBefore = this.#clock.now() - SLOW_AFTER_MS;
    return this.#outbox.of(this.id).map((entry) => ({
      key: keyOf({ user: this.#me, client_id: entry.client_id }),
      message: {
        user: this.#me,
        text: entry.text,
        sent_at: new Date(entry.queued_at).toISOString(),
        client_id: entry.client_id,
      },
      pending: true,
      slow: entry.waiting_since <= slowBefore,
      error: entry.error,
    }));
  }
}

const stored = (message) => ({ key: keyOf(message), message, pending: false });

/** The same before and after the server stored it, so that its row on the page stays the same. */
const keyOf = ({ user, client_id }) => `${user.id} ${client_id}`;
