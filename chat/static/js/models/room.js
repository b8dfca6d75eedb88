import { REQUESTS } from "../contract.js";
import { isMentioned } from "../lib/mentions.js";
import { Continuity } from "./continuity.js";
import { MessageStore } from "./message-store.js";
import { OlderMessages } from "./older-messages.js";
import { Patience } from "./patience.js";
import { People } from "./people.js";
import { Typists } from "./typists.js";

const MOST_HELD = 2000; // messages; with each one everything that walks through all takes longer
const KEPT = 1000; // more than a server sends again, so a cursor that can be of use is among them

/** Everything that the client knows of one room. */
export class Room {
  #me;
  #request;
  #outbox;
  #patience;
  #pageSize;
  #onChange;
  #onNews;
  #store = new MessageStore();
  #continuity;
  #readBefore = null;
  #awaySince = null;

  /** Whether the reader sees what arrives: then it isn't new to anybody. */
  watched = false;

  #previewIsAll = false;
  #visits = 0;
  #entries = null;

  people = new People();

  constructor({
    id,
    title,
    topic,
    me,
    request,
    outbox,
    clock,
    pageSize,
    random,
    onChange,
    onNews = () => {},
    onHole = () => {},
  }) {
    this.id = id;
    this.title = title;
    this.topic = topic;
    this.#me = me;
    this.#request = request;
    this.#outbox = outbox;
    this.#patience = new Patience({ clock, onOver: () => this.changed() });
    this.#pageSize = pageSize;
    this.#onChange = onChange;
    this.#onNews = onNews;
    this.#continuity = new Continuity({
      store: this.#store,
      clock,
      random,
      onHole: (waitMs) => {
        onHole(waitMs);
        onChange();
      },
    });
    this.typists = new Typists({ clock, onChange });
    this.older = new OlderMessages({ load: () => this.#loadOlder(), clock, onChange });
  }

  /** Whether the room was joined, and what comes next will arrive by itself. */
  get live() {
    return this.#continuity.live;
  }

  /** Whether nothing of what was said is known to be missing. */
  get complete() {
    return this.live && !this.#continuity.hole;
  }

  /** What a join says of what is here; nothing asks for the newest page. */
  get cursor() {
    return this.#continuity.cursor;
  }

  get newest() {
    return this.#store.newest;
  }

  get oldest() {
    return this.#store.oldest;
  }

  /** What the timeline shows: the stored messages, then those that are still on their way. */
  get entries() {
    this.#entries ??= [...this.#store.messages.map(stored), ...this.#waiting()];
    return this.#entries;
  }

  /** Whether nothing was said before the oldest message. */
  get hasBeginning() {
    return this.older.more === false || (this.older.more === null && this.#previewIsAll);
  }

  /** The first message below the "new" line, as long as all the unread ones are loaded. */
  get newFrom() {
    if (this.#readBefore === null) return null;
    const unread = this.#store.after(this.#readBefore);
    if (this.older.more !== false && unread.length === this.#store.messages.length) return null;
    const first = unread.find(({ user }) => user.id !== this.#me.id);
    return first ? keyOf(first) : null;
  }

  /** When the first message below the "new" line was sent. @returns {Date} */
  get newSince() {
    const first = this.entries.find(({ key }) => key === this.newFrom);
    return new Date(first.message.sent_at);
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

  /** Whether one of others' messages behind `id` calls the reader, as far as they are loaded. */
  mentionsMeAfter(id) {
    return this.#store.after(id).some((message) => this.mentionsMe(message));
  }

  mentionsMe({ user, text }) {
    return user.id !== this.#me.id && isMentioned(this.#me.name, text, () => this.names);
  }

  /** The names that are known here: of those who are in the room, and of those who wrote. */
  get names() {
    const people = [...this.people.sorted, ...this.#store.messages.map(({ user }) => user)];
    return [...new Set(people.map(({ name }) => name))];
  }

  /** What arrives from now on is new to the reader. @param {string | null} id the newest that was read */
  markVisit(id) {
    this.#readBefore = id;
    this.#awaySince = null;
  }

  /** The reader looks away: a new visit, if somebody says something. @param {string | null} id */
  lookAway(id) {
    this.#awaySince = id;
    this.watched = false;
  }

  lookBack() {
    this.#awaySince = null;
  }

  /** Shows the newest messages until the first join, which brings them again, and all others. */
  preview({ messages, more }) {
    if (this.older.more !== null) return;
    this.#previewIsAll = !more;
    this.#merge(messages);
    this.changed();
  }

  /** @throws {RequestError} an answer that comes after the reader has left counts for nothing */
  async join() {
    const visit = this.#visits;
    const { cursor } = this;
    const before = new Set(this.#store.messages);
    this.#continuity.asked();
    const answer = await this.#request(REQUESTS.join, {
      room: this.id,
      limit: this.#pageSize,
      ...cursor,
    });
    if (visit !== this.#visits) return;
    const startsOver = cursor.after === undefined || !answer.recovered;
    if (startsOver) this.#startOver(answer, before);
    const added = this.#merge(answer.messages);
    if (!startsOver) this.#tell(added);
    this.#continuity.answered(answer, { startsOver, newest: this.#store.newest?.id });
    this.people.replace(answer);
    this.older.reset();
    this.changed();
  }

  /** The connection broke, or the reader went to another room. */
  lost() {
    this.#visits += 1;
    this.#continuity.lost();
    this.typists.clear();
    this.changed();
  }

  /**
   * Lets go of old messages that can be loaded again, but of none that the reader may be at.
   *
   * @param {string} [placeKey] where the reader is, if not at the newest
   */
  trim(placeKey) {
    const { messages } = this.#store;
    if (messages.length <= MOST_HELD) return;
    const unread = this.#readBefore === null ? 0 : this.#store.after(this.#readBefore).length;
    const place = messages.findIndex((message) => keyOf(message) === placeKey);
    const below = place < 0 ? 0 : messages.length - place;
    const kept = Math.max(KEPT, unread + 1, below); // one more: it shows that nothing is missing
    if (kept >= messages.length) return;
    this.#store.keepNewest(kept);
    this.older.more = true;
    this.changed();
  }

  /** To be called when anything has changed that `entries` are made of, such as the outbox. */
  changed() {
    this.#entries = null;
    this.#onChange();
  }

  /** An event of the room has arrived, of whatever kind. */
  count(event) {
    this.#continuity.count(event);
  }

  /** The server says up to where it has sent everything. */
  mark(mark) {
    this.#continuity.mark(mark);
  }

  /** A message of the room, by an event or by the answer to its sender. */
  receive(message) {
    this.typists.stopped(message.user.id);
    if (this.#isOfUnloadedPast(message)) this.#settle(message);
    else this.#tell(this.#merge([message]));
    this.#continuity.saw(message.id);
    this.changed();
  }

  /** Shows a text of the reader at once and keeps it until the server has it. */
  post(text) {
    if (this.newest) this.markVisit(this.newest.id); // who answers has read
    const { client_id } = this.#outbox.add(this.id, text);
    this.#patience.begin(client_id);
    this.changed();
  }

  retry(clientId) {
    this.#outbox.update(clientId, { error: null });
    this.#patience.begin(clientId);
    this.changed();
  }

  /** Removes an unsent message, to be written anew. @returns {string} its text */
  takeBack(clientId) {
    const { text } = this.#outbox.get(clientId);
    this.discard(clientId);
    return text;
  }

  discard(clientId) {
    this.#outbox.remove(clientId);
    this.#patience.end(clientId);
    this.changed();
  }

  /**
   * What was loaded before has a gap behind it, except for what arrived during the join: even if
   * it sorts into the page it may have been stored after the page was read.
   *
   * @param {Set<Message>} before what was there when the join began
   */
  #startOver({ messages, more }, before) {
    if (this.older.more === null) this.watched = false; // the reader has seen a preview at most
    const oldest = messages[0]?.id ?? "";
    const arrived = this.#store.after(oldest).filter((message) => !before.has(message));
    this.#store.clear();
    this.#store.merge(arrived);
    this.older.more = more && messages.length > 0;
  }

  async #loadOlder() {
    const before = this.#store.oldest.id;
    const answer = await this.#request(REQUESTS.history, {
      room: this.id,
      before,
      limit: this.#pageSize,
    });
    // Meanwhile a join may have started over with a newer page: then there is a gap in between.
    if (this.#store.oldest?.id > before) return { more: this.older.more };
    const added = this.#merge(answer.messages);
    this.changed();
    return { more: answer.more && added.length > 0 }; // else the same page would be asked for again
  }

  #tell(messages) {
    for (const message of messages) this.#onNews(message);
  }

  /** @returns {Message[]} those that were not there before */
  #merge(messages) {
    // What was said while the room was not live is told by a join: nobody has watched it arrive.
    const isSeen = this.live && this.watched && this.newCount === 0;
    const added = this.#store.merge(messages);
    for (const message of added) {
      if (message.user.id === this.#me.id) this.#settle(message);
      else if (this.#awaySince !== null && message.id > this.#awaySince) {
        this.markVisit(this.#awaySince);
      }
    }
    if (isSeen && this.newest) this.markVisit(this.newest.id);
    return added;
  }

  /** Stored late, so that it sorts before a gap: it comes with the older messages. */
  #isOfUnloadedPast({ id }) {
    return this.older.more === true && id < this.#store.oldest?.id;
  }

  /** What the reader has written is no longer on its way. */
  #settle({ user, client_id }) {
    if (user.id !== this.#me.id) return;
    this.#outbox.remove(client_id);
    this.#patience.end(client_id);
  }

  #waiting() {
    return this.#outbox.of(this.id).map((entry) => ({
      key: keyOf({ user: this.#me, client_id: entry.client_id }),
      message: {
        user: this.#me,
        text: entry.text,
        sent_at: new Date(entry.queued_at).toISOString(),
        client_id: entry.client_id,
      },
      pending: true,
      slow: this.#patience.isOver(entry.client_id),
      error: entry.error,
    }));
  }
}

const stored = (message) => ({ key: keyOf(message), message, pending: false });

/** The same before and after the server stored it, so that its row on the page stays the same. */
const keyOf = ({ user, client_id }) => `${user.id} ${client_id}`;
