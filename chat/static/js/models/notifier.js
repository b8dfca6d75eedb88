import { plural } from "../lib/text.js";

// Another tab may show the message right now, and then its read marker moves.
const UNREAD_FOR_MS = 700;
const WITHOUT_CONTENT_MS = 1500; // a tab that is in the room can tell more, and comes first
const QUIET_MS = 4000; // between two notifications about one room

/** Decides what the reader is told of while looking elsewhere: once, whatever tabs are open. */
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

  /** Something in another room. What it is, and whom it mentions, only that room's people are told. */
  activity({ room, latest }) {
    this.#tellOf(room, { id: latest }, WITHOUT_CONTENT_MS);
  }

  #tellOf(room, news, waitMs) {
    if (this.#settings.about === "nothing" || !this.#isAway()) return;
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
    return this.#due(room); // what came meanwhile
  }

  /** Of what was said elsewhere it is known by now whether it was the reader, in another tab. */
  #wants(room, news) {
    const { about } = this.#settings;
    if (!news.user) return about === "messages" && this.#unreadOf(room) > 0;
    return about === "messages" || (about === "mentions" && this.#mentionsMe(news));
  }

  /** The tab that has the lock tells; it keeps the others quiet as long as itself. */
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
