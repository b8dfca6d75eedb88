import { REQUESTS } from "../contract.js";
import { backoff } from "../lib/backoff.js";
import { Dispatcher } from "./dispatcher.js";
import { OwnRooms } from "./own-rooms.js";
import { Room } from "./room.js";
import { Unread } from "./unread.js";

/** All rooms and the current one. Joins rooms and sends the outbox when the connection is up. */
export class Lobby {
  #rooms = new Map();
  #dispatchers = new Map();
  #current;
  #connection;
  #me;
  #outbox;
  #markers;
  #clock;
  #random;
  #onChange;
  #onRenamed;
  #isRecognised = false;
  #failures = 0;
  #timer;

  /**
   * The error of the last join; null if there is none. If the history is down ("unavailable"), the
   * room is entered nevertheless, and new messages arrive.
   */
  problem = null;

  constructor({
    rooms,
    roomId,
    me,
    connection,
    outbox,
    markers,
    settings,
    choices,
    locks,
    clock,
    random = Math.random,
    pageSize,
    onChange,
    onNews,
    onRenamed,
  }) {
    this.#random = random;
    this.#connection = connection;
    this.#outbox = outbox;
    this.#markers = markers;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#onRenamed = onRenamed;
    this.#me = me;
    const request = (event, payload) => connection.request(event, payload);
    this.unread = new Unread({ markers, request, clock, random, onChange });
    this.ownRooms = new OwnRooms({
      rooms,
      markers,
      settings,
      choices,
      request,
      clock,
      random,
      onRooms: (latest) => this.#refreshUnread(latest),
      onRead: (room) => this.readElsewhere(room),
      onLevel: onChange,
    });
    const common = { me, request, outbox, clock, random, pageSize, onChange, onNews };
    for (const { id, title, topic } of rooms) {
      const onHole = (waitMs) => this.#enterAfter(waitMs);
      this.#rooms.set(id, new Room({ id, title, topic, onHole, ...common }));
      this.#dispatchers.set(
        id,
        new Dispatcher({
          room: id,
          outbox,
          clock,
          random,
          onChange: () => this.#rooms.get(id).changed(),
          send: (payload) => this.#send(payload),
          lock: (task) => locks.request(`outbox ${me.id} ${id}`, task),
          onSent: (message) => this.#rooms.get(id).receive(message),
        }),
      );
    }
    this.#current = this.#rooms.get(roomId);
    this.#current.markVisit(markers.of(roomId));
  }

  get current() {
    return this.#current;
  }

  /** Whether the room can still load: the socket is connected and the last join has not failed. */
  get isEntering() {
    return this.#connection.connected && this.problem === null;
  }

  /** Whether attempts to connect have failed. */
  get isCutOff() {
    return !this.#connection.connected && this.#connection.reconnector.failed;
  }

  get rooms() {
    return [...this.#rooms.values()];
  }

  /** The number of unread messages in all rooms. */
  get totalUnread() {
    return this.rooms.reduce((sum, { id }) => sum + this.unread.of(id), 0);
  }

  /** Whether an unread message mentions the reader, as far as the room's messages are loaded. */
  hasMention(id) {
    return this.#rooms.get(id).mentionsMeAfter(this.#markers.of(id) ?? "");
  }

  /** Whether a message of an opened room mentions the reader. */
  mentionsMe(message) {
    return this.#rooms.get(message.room).mentionsMe(message);
  }

  has(id) {
    return this.#rooms.has(id);
  }

  async connected() {
    for (const id of this.#outbox.rooms()) {
      if (id !== this.#current.id) this.#dispatchers.get(id)?.kick();
    }
    await this.#enter();
    await this.ownRooms.ask();
  }

  disconnected() {
    this.ownRooms.disconnected();
    this.#clock.clearTimeout(this.#timer);
    for (const room of this.#rooms.values()) room.lost();
  }

  select(id) {
    if (id === this.#current.id) return;
    this.#leave(this.#current);
    this.#current = this.#rooms.get(id);
    this.#current.markVisit(this.#markers.of(id));
    this.#onChange();
    if (this.#connection.connected) this.#enter();
  }

  post(text, id = this.#current.id) {
    this.#rooms.get(id).post(text);
    this.#dispatchers.get(id).kick();
  }

  retry(clientId) {
    this.#current.retry(clientId);
    this.#dispatchers.get(this.#current.id).retry();
  }

  /** Another tab added an entry to the outbox, or changed or removed one. */
  outboxChanged() {
    for (const room of this.#rooms.values()) room.changed();
    for (const id of this.#outbox.rooms()) this.#dispatchers.get(id)?.kick();
  }

  /** An event of a room, of any kind, has arrived: its number shows whether one was lost. */
  count(event) {
    this.#rooms.get(event.room)?.count(event);
  }

  mark(mark) {
    this.#rooms.get(mark.room)?.mark(mark);
  }

  receive(message) {
    this.#rooms.get(message.room)?.receive(message);
  }

  presence(change) {
    const room = this.#rooms.get(change.room);
    room?.changePeople(change);
    for (const id of change.left ?? []) room?.typists.stopped(id);
    this.#onChange();
  }

  activity({ room, latest }) {
    if (room !== this.#current.id) this.unread.activity({ room, latest });
  }

  typing({ room, user, active }) {
    if (user.id === this.#me.id) return; // in another tab
    const typists = this.#rooms.get(room)?.typists;
    if (active) typists?.started(user);
    else typists?.stopped(user.id);
  }

  /** The reader has seen everything up to the newest message of the current room. */
  markRead() {
    const { id, newest } = this.#current;
    if (newest && this.#markers.advance(id, newest.id)) this.ownRooms.moved(id);
    this.countUnread();
  }

  countUnread() {
    const { id } = this.#current;
    this.unread.set(id, this.#current.countAfter(this.#markers.of(id) ?? ""));
  }

  /** Another tab or device moved a read marker. */
  readElsewhere(room) {
    if (room === this.#current.id) this.countUnread();
    else this.unread.readElsewhere(room);
  }

  /** The window loses the focus: messages of others from now on are below the "new" line. */
  lookAway() {
    this.#current.lookAway(this.#markers.of(this.#current.id));
  }

  lookBack() {
    this.#current.lookBack();
  }

  async #enter() {
    this.#clock.clearTimeout(this.#timer);
    const room = this.#current;
    this.#connection.enterTyping(room.id);
    try {
      this.#recognise(await room.join());
    } catch (error) {
      if (room === this.#current) this.#enterLater(error);
      return;
    }
    if (room !== this.#current) return;
    this.#failures = 0;
    this.problem = null;
    this.#dispatchers.get(room.id).kick();
    this.#onChange();
  }

  /**
   * Notices that the reader has another name since this page was loaded. It must have agreed with the
   * server before, so that a page which a server with an old name has made isn't loaded in a loop.
   */
  #recognise({ name } = this.#me) {
    if (name === this.#me.name) this.#isRecognised = true;
    else if (this.#isRecognised) this.#onRenamed();
  }

  #enterLater(error) {
    if (error.code === "offline") return; // the next connection enters again
    this.problem = error;
    if (error.passing) {
      const wait = backoff(this.#failures++, { random: this.#random });
      this.#enterAfter(Math.max(error.retryAfterMs ?? 0, wait));
    }
    this.#onChange();
  }

  /** Joins again, after a failure or because of a hole. */
  #enterAfter(waitMs) {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.#enter(), waitMs);
  }

  #leave(room) {
    this.#clock.clearTimeout(this.#timer);
    this.problem = null;
    room.watched = false;
    room.lost();
    this.#connection.leaveTyping(room.id);
    this.#connection.request(REQUESTS.leave, { room: room.id }).catch(ignorePassing);
  }

  /** Sends a message, also to a room that the reader has left since: joins it for the message. */
  async #send(payload) {
    try {
      return await this.#connection.request(REQUESTS.send, payload);
    } catch (error) {
      if (error.code !== "not_in_room") throw error;
    }
    const { room } = payload;
    await this.#connection.request(REQUESTS.join, { room, limit: 1 });
    try {
      return await this.#connection.request(REQUESTS.send, payload);
    } finally {
      if (room !== this.#current.id) {
        this.#connection.request(REQUESTS.leave, { room }).catch(ignorePassing);
      }
    }
  }

  #refreshUnread(latest) {
    const others = [...this.#rooms.keys()].filter((id) => id !== this.#current.id);
    this.unread.refresh(others, latest);
    this.countUnread();
  }
}

function ignorePassing(error) {
  if (!error.code) throw error;
}
