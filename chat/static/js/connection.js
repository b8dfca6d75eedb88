import { Manager } from "../vendor/socket.io.esm.min.js";
import {
  BROADCASTS,
  isEvent,
  isNumbered,
  NAMESPACES,
  REQUESTS,
  TYPING,
  withUsableFields,
} from "./contract.js";
import { browserClock } from "./lib/clock.js";
import { pauseMs, RequestError } from "./lib/request-error.js";
import { Reconnector } from "./models/reconnector.js";
import { Requests } from "./models/requests.js";

const ANSWER_WITHIN_MS = 10_000;
const CONNECT_WITHIN_MS = 10_000;
const LET_IN_WITHIN_MS = 10_000;
const PROBE_WITHIN_MS = 4000;

/** The only owner of the socket: two namespaces over one connection. */
export class Connection {
  #rooms;
  #typing;
  #manager;
  #typingRoom = null;
  #requests;
  #letInTimer;
  #leaveTimer;
  #leavesAt = null; // when to reconnect, in the clock's ticks; null unless the server stops
  #probing = false;

  /** Whether this page has ever been connected to the namespace /rooms. */
  wasOpen = false;

  /** Whether news of people who are connected to other servers may come late. */
  delayed = false;

  /** Whether the server refuses this page for good. */
  refused = false;

  /**
   * @param {string} origin
   * @param {string} personId of the page: the server refuses the connection if the session cookie
   *   belongs to another person
   * @param {{up: () => void, down: () => void, unauthorized: () => void, changed: () => void,
   *   numbered: Function, mark: Function, message: Function, presence: Function,
   *   activity: Function, read: Function, room: Function, choices: Function, typing: Function}} on
   *   handlers; `numbered`: any event with `room` and `follows`, except marks
   */
  constructor(origin, personId, on) {
    this.#manager = new Manager(origin, {
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnection: false, // the Reconnector does it, and knows when the next attempt is due
      autoConnect: false,
      timeout: CONNECT_WITHIN_MS,
    });
    const auth = { person: personId };
    this.#rooms = this.#manager.socket(NAMESPACES.rooms, { auth });
    this.#typing = this.#manager.socket(NAMESPACES.typing, { auth });
    this.#requests = new Requests({
      clock: browserClock,
      carry: (event, payload, withinMs) => answerOf(this.#rooms, event, payload, withinMs),
    });
    this.reconnector = new Reconnector({
      connect: () => this.#connect(),
      clock: browserClock,
      onChange: on.changed,
    });
    this.#listen(on);
  }

  get connected() {
    return this.#rooms.connected;
  }

  /** Whether the server announced a planned stop, so that another server takes over soon. */
  get handedOver() {
    return this.reconnector.handedOver;
  }

  open() {
    this.reconnector.now();
  }

  giveUp() {
    this.refused = true;
    this.#manager.engine?.close();
    this.reconnector.stop();
  }

  /** Connects at once if there is no connection; otherwise probes whether the connection is dead. */
  async check() {
    if (this.refused) return;
    if (!this.connected) return this.reconnector.now();
    if (this.#probing) return;
    this.#probing = true;
    try {
      await this.request(REQUESTS.unread, { after: {} }, PROBE_WITHIN_MS);
    } catch (error) {
      if (error.code === "timeout") this.#hangUp();
    } finally {
      this.#probing = false;
    }
  }

  /** @returns {Promise<object>} the answer, if it is `ok`; otherwise rejects with a RequestError */
  async request(event, payload, withinMs = ANSWER_WITHIN_MS) {
    return this.#requests.make(event, payload, withinMs);
  }

  enterTyping(room) {
    this.#typingRoom = room;
    this.#tellTyping(REQUESTS.join, { room });
  }

  leaveTyping(room) {
    this.#typingRoom = null;
    this.#tellTyping(REQUESTS.leave, { room });
  }

  sendTyping(active) {
    if (this.#typingRoom) this.#tellTyping(TYPING, { room: this.#typingRoom, active });
  }

  #listen(on) {
    this.#manager.on("open", () => this.#expectToBeLetIn());
    this.#rooms.on("connect", () => {
      browserClock.clearTimeout(this.#letInTimer);
      this.wasOpen = true;
      this.#requests.connected();
      this.reconnector.connected();
      on.up();
    });
    this.#rooms.on("disconnect", () => {
      this.#closed();
      on.down();
    });
    this.#rooms.on("connect_error", ({ data, message }) => {
      browserClock.clearTimeout(this.#letInTimer);
      // Some networks open a WebSocket but pass no data through it. Socket.IO doesn't try the other
      // transport after such a timeout, so the next attempt begins with the other one.
      if (message === "timeout") this.#manager.opts.transports.reverse();
      if (data?.code === "unauthorized") on.unauthorized();
      else this.reconnector.refused(pauseMs(data?.retry_after));
    });
    const { goingAway, delays, ...others } = BROADCASTS;
    this.#rooms.on(delays, (news) => {
      if (!isEvent(delays, news)) return;
      this.delayed = news.expected;
      on.changed();
    });
    this.#rooms.on(goingAway, (news) => {
      this.#leaveAfter(pauseMs(news?.reconnect_in_ms / 1000) ?? 0);
    });
    this.#rooms.onAny((event, payload) => {
      if (event === BROADCASTS.mark || !isNumbered(payload)) return;
      on.numbered(withUsableFields(payload));
    });
    for (const [name, event] of Object.entries(others)) {
      this.#rooms.on(event, (payload) => isEvent(event, payload) && on[name](payload));
    }
    this.#typing.on("connect", () => {
      if (this.#typingRoom) this.enterTyping(this.#typingRoom);
    });
    this.#typing.on(TYPING, (payload) => isEvent(TYPING, payload) && on.typing(payload));
  }

  #connect() {
    this.#rooms.connect();
    this.#typing.connect();
  }

  /** Limits the wait for the namespace: a server may open the connection and then stay silent. */
  #expectToBeLetIn() {
    this.#letInTimer = browserClock.setTimeout(() => this.#hangUp(), LET_IN_WITHIN_MS);
  }

  /** The server stops. It closes the connection, too, but perhaps later than `ms`. */
  #leaveAfter(ms) {
    browserClock.clearTimeout(this.#leaveTimer);
    this.#leavesAt = browserClock.ticks() + ms;
    this.#leaveTimer = browserClock.setTimeout(() => this.#hangUp(), ms);
  }

  /** Closes at once. The engine's own `close` waits for unsent data, on a dead network forever. */
  #hangUp() {
    const { connected } = this.#rooms;
    this.#typing.disconnect();
    this.#rooms.disconnect();
    if (!connected) this.#closed(); // otherwise the "disconnect" event has called it
  }

  #closed() {
    this.delayed = false; // the next server says if it is so there
    browserClock.clearTimeout(this.#letInTimer);
    browserClock.clearTimeout(this.#leaveTimer);
    for (const socket of [this.#rooms, this.#typing]) {
      socket.sendBuffer.length = 0; // or old events would be sent over the next connection
    }
    const leavesAt = this.#leavesAt;
    this.#leavesAt = null;
    if (leavesAt === null) this.reconnector.lost();
    else this.reconnector.handOver(Math.max(0, leavesAt - browserClock.ticks()));
  }

  /** Sends a typing event. Failures are ignored: typing indicators are not essential. */
  #tellTyping(event, payload) {
    if (this.#typing.connected) this.#typing.emit(event, payload, () => {});
  }
}

async function answerOf(socket, event, payload, withinMs) {
  // A disconnected socket would buffer the request and send it after the next connect.
  if (!socket.connected) throw new RequestError({ code: "offline", message: "Not connected." });
  try {
    return await socket.timeout(withinMs).emitWithAck(event, payload);
  } catch {
    const code = socket.connected ? "timeout" : "offline";
    throw new RequestError({ code, message: "The server isn’t answering." });
  }
}
