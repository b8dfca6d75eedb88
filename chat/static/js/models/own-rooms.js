import { REQUESTS } from "../contract.js";
import { backoff } from "../lib/backoff.js";

const EVERY_MS = 2500; // between two markers of a room
const AT_ONCE = 5; // requests; after a restart of the server there may be one for each room

/**
 * Keeps what the rooms are to the reader the same on all devices: read markers and levels; and what the
 * reader has chosen. Each device keeps its own, too, for the time before the first answer and for servers
 * that know none of these.
 */
export class OwnRooms {
  #ids;
  #markers;
  #settings;
  #choices;
  #request;
  #clock;
  #random;
  #onRooms;
  #onRead;
  #onLevel;
  #known = false; // whether the server of this connection knows these requests
  #waiting = new Map(); // requests, by key
  #sending = false;
  #failures = 0;
  #timer;

  /**
   * @param {{rooms: {id: string}[], onRooms: (latest: Map<string, string | null>) => void,
   *   onRead: (room: string) => void, onLevel: () => void}} options `onRooms` gets the ids of the newest
   *   messages, none if the server doesn't say; `onRead`: another device has read a room
   */
  constructor({
    rooms,
    markers,
    settings,
    choices,
    request,
    clock,
    random,
    onRooms,
    onRead,
    onLevel,
  }) {
    this.#ids = new Set(rooms.map(({ id }) => id));
    this.#markers = markers;
    this.#settings = settings;
    this.#choices = choices;
    this.#request = request;
    this.#clock = clock;
    this.#random = random;
    this.#onRooms = onRooms;
    this.#onRead = onRead;
    this.#onLevel = onLevel;
  }

  /** Asks for all rooms after each connect. If that fails for now, it asks again later. */
  async ask() {
    this.disconnected();
    try {
      this.#learn(await this.#request(REQUESTS.rooms, {}));
    } catch (error) {
      if (!error.code) throw error;
      if (error.passing && error.code !== "offline") {
        this.#timer = this.#clock.setTimeout(() => this.ask(), this.#pause(error));
      }
      this.#onRooms(new Map());
    }
  }

  #learn({ rooms, choices }) {
    if (choices) this.#learnChoices(choices);
    for (const room of rooms.filter(({ id }) => this.#ids.has(id))) {
      this.#merge(room.id, room.read_up_to);
      this.#mergeLevel(room.id, room.level);
    }
    this.#onRooms(new Map(rooms.map(({ id, latest }) => [id, latest])));
    this.#known = true;
    this.#send();
  }

  #learnChoices(choices) {
    this.#choices.learn(choices);
    if (this.#choices.untold) this.#tellChoices();
  }

  disconnected() {
    this.#known = false;
    this.#clock.clearTimeout(this.#timer);
  }

  /** Another device has changed a room. */
  changed({ id, read_up_to, level }) {
    this.read({ room: id, read_up_to });
    if (this.#ids.has(id)) this.#mergeLevel(id, level);
  }

  /** Another device or tab has chosen something for all. */
  chosen(choices) {
    this.#choices.learn(choices);
  }

  /** Another device has read a room. */
  read({ room, read_up_to }) {
    if (this.#ids.has(room) && this.#merge(room, read_up_to)) this.#onRead(room);
  }

  /** The greater of two markers counts. @returns {boolean} whether ours has moved */
  #merge(room, there) {
    const here = this.#markers.of(room);
    if ((here ?? "") > (there ?? "")) this.moved(room);
    return there !== null && this.#markers.advance(room, there);
  }

  #mergeLevel(room, there) {
    const isOurs = there === null ? this.#settings.isChosen(room) : this.#settings.isUntold(room);
    if (isOurs) this.#tellLevel(room);
    else if (there !== null) {
      this.#settings.learn(room, there);
      this.#onLevel();
    }
  }

  /** The reader has read a room here. */
  moved(room) {
    this.#wait(`${REQUESTS.read} ${room}`, () => this.#tellMarker(room));
  }

  /** The reader has chosen. */
  setLevel(room, level) {
    this.#settings.choose(room, level);
    this.#tellLevel(room);
    this.#onLevel();
  }

  /** The reader has chosen something for all devices, such as `{theme: "dark"}`. */
  choose(choice) {
    this.#choices.choose(choice);
    this.#tellChoices();
  }

  /** The page is hidden and may be closed: sends what waits, without a rest. */
  hurry() {
    if (!this.#known) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [key, task] of waiting) task().catch((error) => this.#again(key, task, error));
  }

  /** Lets a request wait again that may work later; the reader may come back to the page. */
  #again(key, task, error) {
    if (!error.code) throw error;
    if (error.passing && !this.#waiting.has(key)) this.#wait(key, task);
  }

  #tellLevel(room) {
    this.#wait(`${REQUESTS.setLevel} ${room}`, async () => {
      const level = this.#settings.of(room);
      await this.#request(REQUESTS.setLevel, { room, level });
      if (this.#settings.of(room) === level) this.#settings.learn(room, level);
    });
  }

  #tellChoices() {
    this.#wait(REQUESTS.choose, async () => {
      const { untold } = this.#choices;
      if (!untold) return; // another tab has told them
      await this.#request(REQUESTS.choose, untold);
      this.#choices.told(untold);
    });
  }

  async #tellMarker(room) {
    const id = this.#markers.of(room);
    const { read_up_to } = await this.#request(REQUESTS.read, { room, id });
    if (this.#markers.advance(room, read_up_to)) this.#onRead(room);
  }

  #wait(key, task) {
    this.#waiting.set(key, task);
    this.#send();
  }

  /** Makes the waiting requests, then rests. */
  async #send() {
    if (!this.#known || this.#sending || this.#waiting.size === 0) return;
    this.#sending = true;
    const restMs = await this.#sendSome();
    this.#clock.setTimeout(() => {
      this.#sending = false;
      this.#send();
    }, restMs);
  }

  /** @returns {Promise<number>} milliseconds until the next ones */
  async #sendSome() {
    for (const [key, task] of [...this.#waiting].slice(0, AT_ONCE)) {
      this.#waiting.delete(key);
      try {
        await task();
        this.#failures = 0;
      } catch (error) {
        if (!error.code) throw error;
        if (!error.passing) continue; // the room was removed, or an old server
        if (!this.#waiting.has(key)) this.#waiting.set(key, task);
        return Math.max(EVERY_MS, this.#pause(error));
      }
    }
    return EVERY_MS;
  }

  #pause({ retryAfterMs }) {
    const wait = backoff(this.#failures++, { random: this.#random });
    return Math.max(retryAfterMs ?? 0, wait);
  }
}
