/**
 * A reader of a model of two servers with one table. Packets get lost, but in the end the reader
 * holds the messages of the table. Only the connection, the servers, the table and the clock are
 * models.
 *
 * `SEED=123 node --test tests/js/models/continuity-model.test.js` repeats the choices of one run.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { Lobby } from "../../../chat/static/js/models/lobby.js";
import { Outbox } from "../../../chat/static/js/models/outbox.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { ada, FakeClock, me, memoryStorage, refusal, seeded, settled } from "../doubles.js";

const RUNS = 150;
const STEPS = 120;
const SKEW_MS = 3000; // by which the clocks of the servers differ
const WRITE_MS = 5000; // until a message is in the table, at most
const LAG_MS = 15_000; // messages that are older are in the table
const ANSWER_WITHIN_MS = 10_000;
const RECOVER_AT_MOST = 20; // messages
const ROOM = "general";

const idAt = (ms, number = 0) =>
  `${String(ms).padStart(9, "0")}.${String(number).padStart(6, "0")}`;
const byId = (a, b) => (a.id < b.id ? -1 : 1);

/** The messages of the room, sorted. A message is stored some time after its id was made. */
class Table {
  messages = [];
  #made = 0;
  #byClientId = new Map();

  constructor(clock, chance) {
    this.clock = clock;
    this.chance = chance;
  }

  /** @param {(message: object) => void} done once it is stored; a resend gives the same message */
  write({ user, text, clientId = null }, skewMs, done) {
    const earlier = clientId && this.#byClientId.get(clientId);
    if (earlier) return earlier.then(done);
    const stored = new Promise((resolve) => {
      const id = idAt(this.clock.ticks() + skewMs, this.#made++);
      const message = { id, room: ROOM, user, text, client_id: clientId ?? id };
      this.clock.setTimeout(() => {
        this.messages = [...this.messages, message].sort(byId);
        done(message);
        resolve(message);
      }, this.chance.below(WRITE_MS));
    });
    if (clientId) this.#byClientId.set(clientId, stored);
  }

  after(id) {
    return this.messages.filter((message) => message.id > id);
  }
}

/** A process: it broadcasts its own messages at once, and messages of others when it reads. */
class Server {
  clients = new Set();
  #sent = 0;
  #told = new Set();
  #upToMs = null;
  #vouched = {}; // the `up_to` of the next event

  constructor(table, skewMs) {
    this.table = table;
    this.skewMs = skewMs;
  }

  write(draft, done = () => {}) {
    this.table.write(draft, this.skewMs, (message) => {
      this.#tell(message);
      done(message);
    });
  }

  join(client, { after, up_to: upTo, limit }) {
    assert.ok(upTo === undefined || after <= upTo);
    this.clients.add(client);
    const follows = this.#sent;
    this.#upToMs ??= this.#now - LAG_MS;
    const up_to = idAt(this.#now - LAG_MS);
    const common = { follows, up_to, people: [], count: 1 };
    const missed = after && this.table.after(after);
    if (missed && missed.length <= RECOVER_AT_MOST) {
      return { ...common, messages: missed, more: false, recovered: true };
    }
    const messages = this.table.messages.slice(-limit);
    const more = messages.length < this.table.messages.length;
    return { ...common, messages, more, recovered: false };
  }

  /** Looks for what other servers have stored. */
  read() {
    if (this.#upToMs === null) return;
    for (const message of this.table.after(idAt(this.#upToMs))) this.#tell(message);
    this.#upToMs = this.#now - LAG_MS;
    this.#vouched = { up_to: idAt(this.#upToMs) };
  }

  mark() {
    if (this.#upToMs === null) return;
    this.#emit("mark", { follows: this.#sent, up_to: idAt(this.#upToMs) });
  }

  presence() {
    this.#emitCounted("presence", { count: 1 });
  }

  #tell(message) {
    if (this.#told.has(message.id)) return;
    this.#told.add(message.id);
    this.#emitCounted("message", message);
  }

  #emitCounted(name, payload) {
    this.#emit(name, { ...payload, ...this.#vouched, follows: this.#sent++ });
    this.#vouched = {};
  }

  #emit(name, payload) {
    for (const client of this.clients) client.push({ name, payload: { room: ROOM, ...payload } });
  }

  get #now() {
    return this.table.clock.ticks();
  }
}

/** One connection at a time. Packets of the server can get lost silently. */
class Wire {
  connected = false;
  #server = null;
  #down = [];
  #up = [];

  constructor(clock, onJoin) {
    this.clock = clock;
    this.onJoin = onJoin;
  }

  open(server) {
    this.connected = true;
    this.#server = server;
  }

  isAt(server) {
    return this.connected && this.#server === server;
  }

  break() {
    const lost = [...this.#up, ...this.#down];
    this.#up = [];
    this.#down = [];
    this.connected = false;
    this.#server.clients.delete(this);
    for (const { reject } of lost) reject?.(refusal("offline"));
  }

  request(event, payload) {
    if (!this.connected) return Promise.reject(refusal("offline"));
    if (event === "join") this.onJoin(payload);
    return new Promise((resolve, reject) => {
      this.#up.push({ event, payload, resolve, reject });
      this.clock.setTimeout(() => reject(refusal("timeout")), ANSWER_WITHIN_MS);
    });
  }

  push(item) {
    this.#down.push(item);
  }

  /** The server takes all requests made until now. */
  carryUp() {
    for (const { event, payload, resolve, reject } of this.#up.splice(0)) {
      const answer = (value) => this.push({ value, resolve, reject });
      if (event === "join") answer(this.#server.join(this, payload));
      if (event === "send") {
        const draft = { user: me, text: payload.text, clientId: payload.client_id };
        this.#server.write(draft, (message) => answer({ message }));
      }
    }
  }

  carryDown(lobby, count) {
    for (const { name, payload, value, resolve } of this.#down.splice(0, count)) {
      if (resolve) resolve(value);
      else deliver(lobby, name, payload);
    }
  }

  /** The answer to a poll gets lost. */
  lose(count) {
    this.#down.splice(0, count);
  }

  enterTyping() {}
  leaveTyping() {}
}

/** As the page's connection does. */
function deliver(lobby, name, payload) {
  if (name === "mark") return lobby.mark(payload);
  lobby.count(payload);
  if (name === "message") lobby.receive(payload);
  else lobby.presence(payload);
}

class World {
  #untrue = []; // ids that a join claimed to hold, and that are missing

  constructor(seed) {
    this.chance = seeded(seed);
    this.clock = new FakeClock();
    this.clock.advance(1_000_000);
    this.table = new Table(this.clock, this.chance);
    this.servers = [0, 1].map(() => this.#startServer());
    this.wire = new Wire(this.clock, (payload) => this.#checkCursor(payload));
    const storage = memoryStorage();
    this.lobby = new Lobby({
      rooms: [{ id: ROOM, title: "General" }],
      roomId: ROOM,
      me,
      connection: this.wire,
      outbox: new Outbox({ storage, userId: me.id, clock: this.clock }),
      markers: new ReadMarkers({ storage, userId: me.id }),
      locks: { request: (_name, task) => task() },
      clock: this.clock,
      random: this.chance.random,
      pageSize: 10,
      onChange: () => {},
    });
  }

  get held() {
    return this.lobby.current.entries.filter(({ pending }) => !pending).map((each) => each.message);
  }

  async run() {
    for (let number = 0; number < this.chance.below(15); number++) this.#somebodyWrites();
    for (let step = 0; step < STEPS; step++) {
      this.#somethingHappens();
      this.clock.advance(this.chance.below(1500));
      await settled();
      this.#checkHeld();
    }
    await this.#comeToRest();
  }

  #somethingHappens() {
    const { chance, wire, lobby } = this;
    const any = (list) => list[chance.below(list.length)];
    if (chance.happens(0.6)) this.#somebodyWrites();
    if (chance.happens(0.1)) lobby.post("mine");
    if (chance.happens(0.2)) any(this.servers).presence();
    if (chance.happens(0.3)) any(this.servers).read();
    if (chance.happens(0.3)) any(this.servers).mark();
    if (!wire.connected && chance.happens(0.5)) this.#connect(any(this.servers));
    if (wire.connected && chance.happens(0.05)) this.#disconnect();
    if (chance.happens(0.02)) this.#restart(chance.below(2));
    if (chance.happens(0.15)) wire.lose(1 + chance.below(4));
    if (chance.happens(0.7)) wire.carryUp();
    if (chance.happens(0.7)) wire.carryDown(lobby, chance.below(6));
  }

  async #comeToRest() {
    for (let second = 0; second < 180; second++) {
      if (!this.wire.connected) this.#connect(this.servers[0]);
      for (const server of this.servers) server.read();
      for (const server of this.servers) server.mark();
      this.wire.carryUp();
      this.wire.carryDown(this.lobby, Number.POSITIVE_INFINITY);
      await settled();
      this.clock.advance(1000);
      await settled();
    }
    assert.ok(this.lobby.current.complete);
    assert.deepEqual(
      this.lobby.current.entries.filter(({ pending }) => pending),
      [],
    );
    this.#checkHeld();
    assert.deepEqual(ids(this.held), ids(this.#since(this.held[0]?.id ?? "")));
  }

  #somebodyWrites() {
    const server = this.servers[this.chance.below(2)];
    server.write({ user: ada, text: "theirs" });
  }

  #connect(server) {
    this.wire.open(server);
    this.lobby.connected();
  }

  #disconnect() {
    this.wire.break();
    this.lobby.disconnected();
  }

  #restart(number) {
    if (this.wire.isAt(this.servers[number])) this.#disconnect();
    this.servers[number] = this.#startServer();
  }

  #startServer() {
    return new Server(this.table, this.chance.below(SKEW_MS));
  }

  #since(id) {
    return this.table.messages.filter((message) => message.id >= id);
  }

  /** All shown messages are stored; each is shown once, and in order. */
  #checkHeld() {
    assert.deepEqual(this.#untrue, []);
    const stored = new Set(ids(this.table.messages));
    assert.ok(this.held.every(({ id }) => stored.has(id)));
    assert.deepEqual(ids(this.held), [...new Set(ids(this.held))].sort());
  }

  /** The reader holds all messages that the cursor of a join covers. */
  #checkCursor({ up_to: upTo }) {
    if (upTo === undefined) return;
    const held = new Set(ids(this.held));
    const oldest = this.held[0]?.id ?? upTo;
    const stored = ids(this.#since(oldest)).filter((id) => id <= upTo);
    this.#untrue.push(...stored.filter((id) => !held.has(id)));
  }
}

const ids = (messages) => messages.map(({ id }) => id);

test("whatever is lost on the way, a reader ends with what the table holds", async () => {
  const given = process.env.SEED;
  const seeds = given ? [Number(given)] : Array.from({ length: RUNS }, (_, number) => number + 1);
  for (const seed of seeds) {
    try {
      await new World(seed).run();
    } catch (error) {
      error.message = `SEED=${seed}: ${error.message}`;
      throw error;
    }
  }
});
