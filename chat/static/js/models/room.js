import { REQUESTS } from "../contract.js";
import { isMentioned } from "../lib/mentions.js";
import { Continuity } from "./continuity.js";
import { MessageStore } from "./message-store.js";
import { OlderMessages } from "./older-messages.js";
import { Patience } from "./patience.js";
import { People } from "./people.js";
import { Typists } from "./typists.js";

const MOST_HELD = 2000; // messages; more would slow down all loops over them
const KEPT = 1000; // more than the 500 that a server replays, so that the cursor stays usable

/** Everything that the client knows about one room. */
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

  /** Whether the reader sees messages as they arrive, so that they don't count as new. */
  watched = false;

  #previewIsAll = false;
  #visits = 0;
  #entries = null;
  #peopleSince = null; // changes of the people since the last join was sent; null while none is pending

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

  /** Whether the room is joined, so that new messages arrive by themselves. */
  get live() {
    return this.#continuity.live;
  }

  /** Whether the room is joined and no message is known to be missing. */
  get complete() {
    return this.live && !this.#continuity.hole;
  }

  /** The cursor fields of a join; without any, a join asks for the newest page. */
  get cursor() {
    return this.#continuity.cursor;
  }

  get newest() {
    return this.#store.newest;
  }

  get oldest() {
    return this.#store.oldest;
  }

  /** The entries of the timeline: the stored messages, then those that are not acknowledged yet. */
  get entries() {
    this.#entries ??= [...this.#store.messages.map(stored), ...this.#waiting()];
    return this.#entries;
  }

  /** Whether the oldest loaded message is the first of the room. */
  get hasBeginning() {
    return this.older.more === false || (this.older.more === null && this.#previewIsAll);
  }

  /** The key of the first message below the "new" line; null unless all unread messages are loaded. */
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

  /** The number of loaded messages of others below the "new" line. */
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

  /** The number of loaded messages of others after `id`. */
  countAfter(id) {
    return this.#store.after(id).filter(({ user }) => user.id !== this.#me.id).length;
  }

  /** Whether a loaded message after `id` mentions the reader. */
  mentionsMeAfter(id) {
    return this.#store.after(id).some((message) => this.mentionsMe(message));
  }

  mentionsMe({ user, text }) {
    return user.id !== this.#me.id && isMentioned(this.#me.name, text, () => this.names);
  }

  /** The known names: of the people in the room, and of the authors of loaded messages. */
  get names() {
    const people = [...this.people.sorted, ...this.#store.messages.map(({ user }) => user)];
    return [...new Set(people.map(({ name }) => name))];
  }

  /** Puts the "new" line after a message. @param {string | null} id the newest message that was read */
  markVisit(id) {
    this.#readBefore = id;
    this.#awaySince = null;
  }

  /**
   * The window loses the focus: the next message of others moves the "new" line.
   *
   * @param {string | null} id the newest message that was read
   */
  lookAway(id) {
    this.#awaySince = id;
    this.watched = false;
  }

  lookBack() {
    this.#awaySince = null;
  }

  /** Shows the newest messages until the first join, whose answer replaces them. */
  preview({ messages, more }) {
    if (this.older.more !== null) return;
    this.#previewIsAll = !more;
    this.#merge(messages);
    this.changed();
  }

  /** Joins and catches up; an answer after the reader has left is ignored. @throws {RequestError} */
  /** @returns {Promise<Person | undefined>} the reader, as the server knows the reader */
  async join() {
    const visit = this.#visits;
    const { cursor } = this;
    const before = new Set(this.#store.messages);
    this.#continuity.asked();
    const since = [];
    this.#peopleSince = since;
    const payload = { room: this.id, limit: this.#pageSize, ...cursor };
    const answer = await this.#request(REQUESTS.join, payload).finally(() => {
      if (this.#peopleSince === since) this.#peopleSince = null;
    });
    if (visit !== this.#visits) return;
    const startsOver = cursor.after === undefined || !answer.recovered;
    if (startsOver) this.#startOver(answer, before);
    const added = this.#merge(answer.messages);
    if (!startsOver) this.#tell(added);
    this.#continuity.answered(answer, { startsOver, newest: this.#store.newest?.id });
    this.#replacePeople(answer, since);
    this.older.reset();
    this.changed();
    return answer.you;
  }

  /** The connection broke, or the reader went to another room. */
  lost() {
    this.#visits += 1;
    this.#continuity.lost();
    this.#peopleSince = null;
    this.typists.clear();
    this.changed();
  }

  /**
   * Drops old messages, which can be loaded again, but none at or below the reader's place.
   *
   * @param {string} [placeKey] the message that the reader is at, if not at the newest
   */
  trim(placeKey) {
    const { messages } = this.#store;
    if (messages.length <= MOST_HELD) return;
    const unread = this.#readBefore === null ? 0 : this.#store.after(this.#readBefore).length;
    const place = messages.findIndex((message) => keyOf(message) === placeKey);
    const below = place < 0 ? 0 : messages.length - place;
    const kept = Math.max(KEPT, unread + 1, below); // + 1: a read message proves no unread is missing
    if (kept >= messages.length) return;
    this.#store.keepNewest(kept);
    this.older.more = true;
    this.changed();
  }

  /** Must be called when the sources of `entries`, such as the outbox, have changed. */
  changed() {
    this.#entries = null;
    this.#onChange();
  }

  /** An event of the room, of any kind, has arrived. */
  count(event) {
    this.#continuity.count(event);
  }

  /** The server says how many events there were, and up to which id it has sent all messages. */
  mark(mark) {
    this.#continuity.mark(mark);
  }

  /** People have come to the room or gone. */
  changePeople(change) {
    this.people.change(change);
    this.#peopleSince?.push(change);
  }

  /** A message of the room has arrived, in an event or in the answer to `send`. */
  receive(message) {
    this.typists.stopped(message.user.id);
    if (this.#isOfUnloadedPast(message)) this.#settle(message);
    else this.#tell(this.#merge([message]));
    this.#continuity.saw(message.id);
    this.changed();
  }

  /** Shows a text of the reader at once and keeps it until the server has it. */
  post(text) {
    if (this.newest) this.markVisit(this.newest.id); // a reader who answers has read the room
    const { client_id } = this.#outbox.add(this.id, text);
    this.#patience.begin(client_id);
    this.changed();
  }

  retry(clientId) {
    this.#outbox.update(clientId, { error: null });
    this.#patience.begin(clientId);
    this.changed();
  }

  /** Removes an unsent message, to be edited. @returns {string} its text */
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
   * Drops the messages from before the join, because there is a gap after them. Messages that arrived
   * during the join stay: even one that sorts into the page may have been stored after the server
   * read the page.
   *
   * @param {Set<Message>} before the messages at the start of the join
   */
  #startOver({ messages, more }, before) {
    if (this.older.more === null) this.watched = false; // the reader has seen at most the preview
    const oldest = messages[0]?.id ?? "";
    const arrived = this.#store.after(oldest).filter((message) => !before.has(message));
    this.#store.clear();
    this.#store.merge(arrived);
    this.older.more = more && messages.length > 0;
  }

  /** An event that comes with the answer is handled before it, although it was sent after it. */
  #replacePeople(answer, since) {
    this.people.replace(answer);
    const isOlder = ({ follows }) => follows < answer.follows;
    for (const change of since) if (!isOlder(change)) this.people.change(change);
  }

  async #loadOlder() {
    const before = this.#store.oldest.id;
    const answer = await this.#request(REQUESTS.history, {
      room: this.id,
      before,
      limit: this.#pageSize,
    });
    // A join may have started over with a newer page meanwhile: then a gap is between the two pages.
    if (this.#store.oldest?.id > before) return { more: this.older.more };
    const added = this.#merge(answer.messages);
    this.changed();
    return { more: answer.more && added.length > 0 }; // or the same page would be requested forever
  }

  #tell(messages) {
    for (const message of messages) this.#onNews(message);
  }

  /** @returns {Message[]} the new ones */
  #merge(messages) {
    // Messages from the answer to a join count as unseen: the reader did not see them arrive.
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

  /** Whether a message was stored late and sorts before a gap: the older messages will contain it. */
  #isOfUnloadedPast({ id }) {
    return this.older.more === true && id < this.#store.oldest?.id;
  }

  /** Removes an acknowledged message of the reader from the outbox. */
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

/** The same before and after the server has stored the message, so that its row is kept. */
const keyOf = ({ user, client_id }) => `${user.id} ${client_id}`;
