const INTERVAL = 1000; // milliseconds
const ACTIVITY_EVENTS = 50_000; // a second, over all connections, like Cloud Chat

/** Messages at once; presence and activity at most once a second per room. */
export class Announcements {
  #namespace;
  #presence;
  #roomCount;
  #latest = new Map();
  #activity = new Coalescer((room) => this.#tellActivity(room), () => this.#activityInterval());
  #people = new Coalescer((room) => this.#tellPeople(room), () => INTERVAL);

  constructor(namespace, presence, roomCount) {
    this.#namespace = namespace;
    this.#presence = presence;
    this.#roomCount = roomCount;
  }

  message(message) {
    this.#namespace.to(message.room).emit("message", message);
    this.#latest.set(message.room, message.id);
    this.#activity.mark(message.room);
  }

  people(room) {
    this.#people.mark(room);
  }

  #activityInterval() {
    const events = this.#roomCount * this.#namespace.sockets.size;
    return Math.max(INTERVAL, (events / ACTIVITY_EVENTS) * 1000);
  }

  #tellActivity(room) {
    this.#namespace.except(room).emit("activity", { room, latest: this.#latest.get(room) });
  }

  #tellPeople(room) {
    this.#namespace.to(room).emit("presence", this.#presence.takeChanges(room));
  }
}

/** Many changes, few announcements: never two of one key within an interval. */
class Coalescer {
  #announce;
  #interval;
  #waiting = new Set();
  #last = new Map();

  constructor(announce, interval) {
    this.#announce = announce;
    this.#interval = interval;
  }

  mark(key) {
    if (this.#waiting.has(key)) return;
    const earliest = (this.#last.get(key) ?? -Infinity) + this.#interval();
    this.#waiting.add(key);
    setTimeout(() => {
      this.#waiting.delete(key);
      this.#last.set(key, performance.now());
      this.#announce(key);
    }, Math.max(0, earliest - performance.now()));
  }
}
