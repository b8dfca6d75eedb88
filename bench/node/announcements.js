const INTERVAL = 1000; // milliseconds between two announcements of one room

/** Sends messages at once; presence and activity at most once a second per room. */
export class Announcements {
  #namespace;
  #presence;
  #latest = new Map();
  #people = new Coalescer((room) => this.#tellPeople(room));
  #activity = new Coalescer((room) => this.#paced.add(room));
  #paced;

  /** @param {(people: number) => number} activityRate most activity events a second for so many */
  constructor(namespace, presence, activityRate) {
    this.#namespace = namespace;
    this.#presence = presence;
    const rate = () => activityRate(namespace.sockets.size);
    this.#paced = new Pacer((room) => this.#tellActivity(room), rate);
  }

  message(message) {
    this.#namespace.to(message.room).emit("message", message);
    this.#latest.set(message.room, message.id);
    this.#activity.mark(message.room);
  }

  people(room) {
    this.#people.mark(room);
  }

  #tellActivity(room) {
    this.#namespace.except(room).emit("activity", { room, latest: this.#latest.get(room) });
    return this.#namespace.sockets.size - this.#presence.count(room);
  }

  #tellPeople(room) {
    this.#namespace.local.to(room).emit("presence", this.#presence.takeChanges(room));
  }
}

/** Coalesces changes: announces each key at most once per interval. */
class Coalescer {
  #announce;
  #waiting = new Set();
  #last = new Map();

  constructor(announce) {
    this.#announce = announce;
  }

  mark(key) {
    if (this.#waiting.has(key)) return;
    const earliest = (this.#last.get(key) ?? -Infinity) + INTERVAL;
    this.#waiting.add(key);
    setTimeout(
      () => {
        this.#waiting.delete(key);
        this.#last.set(key, performance.now());
        this.#announce(key);
      },
      Math.max(0, earliest - performance.now()),
    );
  }
}

/** Limits the rate of events: sends key after key, and waits for as long as the sent events need. */
class Pacer {
  #send;
  #rate;
  #waiting = new Set();
  #isBusy = false;

  constructor(send, rate) {
    this.#send = send;
    this.#rate = rate;
  }

  add(key) {
    this.#waiting.add(key);
    if (!this.#isBusy) this.#next();
  }

  #next() {
    const [key] = this.#waiting;
    this.#isBusy = key !== undefined;
    if (!this.#isBusy) return;
    this.#waiting.delete(key);
    const events = this.#send(key);
    setTimeout(() => this.#next(), (events / this.#rate()) * 1000);
  }
}
