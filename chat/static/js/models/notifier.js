import { plural } from "../lib/text.js";

// Another tab may be showing the message; then the read marker moves within this time.
const UNREAD_FOR_MS = 700;
const WITHOUT_CONTENT_MS = 1500; // longer, because a tab in the room knows the text and goes first
const QUIET_MS = 4000; // between two notifications about one room

/** Decides when to show a notification: only while the reader is away, and in one tab only. */
export class Notifier {
  #me;
  #rooms;
  #settings;
  #markers;
  #locks;
  #clock;
  #isAway;
  #mentionsMe;
  #unreadOf;
  #notify;
  #waiting = new Map();

  /**
   * @param {{rooms: {id: string, title: string}[], isAway: () => boolean,
   *   mentionsMe: (message: Message) => boolean, unreadOf: (room: string) => number,
   *   notify: (news: {room: string, title: string, body: string}) => void}} options
   */
  constructor({
    me,
    rooms,
    settings,
    markers,
    locks,
    clock,
    isAway,
    mentionsMe,
    unreadOf,
    notify,
  }) {
    this.#me = me;
    this.#rooms = new Map(rooms.map((room) => [room.id, room]));
    this.#settings = settings;
    this.#markers = markers;
    this.#locks = locks;
    this.#clock = clock;
    this.#isAway = isAway;
    this.#mentionsMe = mentionsMe;
    this.#unreadOf = unreadOf;
    this.#notify = notify;
  }

  /** A message in a room that this tab is in. */
  message(message) {
    if (message.user.id !== this.#me.id) this.#tellOf(message.room, message, UNREAD_FOR_MS);
  }

  /** A new message in another room. The server sends its text only to connections in that room. */
  activity({ room, latest }) {
    this.#tellOf(room, { id: latest }, WITHOUT_CONTENT_MS);
  }

  #tellOf(room, news, waitMs) {
    if (this.#settings.of(room) === "nothing" || !this.#isAway()) return;
    const waiting = this.#waiting.get(room);
    if (waiting) return waiting.push(news);
    this.#waiting.set(room, [news]);
    this.#clock.setTimeout(() => this.#due(room), waitMs);
  }

  async #due(room) {
    const marker = this.#markers.of(room) ?? "";
    const isUnread = (news) => news.id > marker && this.#wants(room, news);
    const unread = this.#waiting.get(room).filter(isUnread);
    if (unread.length === 0 || !this.#isAway()) return this.#waiting.delete(room);
    this.#waiting.set(room, []);
    await this.#once(room, () => this.#notify({ room, ...this.#words(room, unread) }));
    return this.#due(room); // messages that came meanwhile
  }

  /** Activity in another room counts only if there are unread messages: the reader may have written. */
  #wants(room, news) {
    const level = this.#settings.of(room);
    if (!news.user) return level === "all" && this.#unreadOf(room) > 0;
    return level === "all" || (level === "mentions" && this.#mentionsMe(news));
  }

  /** Only the tab that gets the lock runs the task; all tabs then wait for QUIET_MS. */
  #once(room, task) {
    const name = `notification ${this.#me.id} ${room}`;
    return this.#locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock) task();
      await new Promise((resolve) => this.#clock.setTimeout(resolve, QUIET_MS));
    });
  }

  #words(room, unread) {
    const { title } = this.#rooms.get(room);
    const { user, text } = unread.at(-1);
    if (!user) return { title, body: "There are new messages." };
    const others = unread.length - 1;
    const more = others > 0 ? ` (and ${plural(others, "more message", "more messages")})` : "";
    return { title: `${user.name} in ${title}`, body: text + more };
  }
}
