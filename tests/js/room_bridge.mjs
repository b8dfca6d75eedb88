/**
 * Readers of one room for a test in another language: the real `Lobby`, `Room` and `Requests`, with
 * a connection and a clock that the test controls. Each line on stdin is a command, a JSON object.
 * Each command is answered by one line on stdout, in order.
 *
 * | command                              |                                                          |
 * |--------------------------------------|----------------------------------------------------------|
 * | `{"do": "make", "reader": 1}`        | a reader who isn't connected; `seed?`, `page_size?`      |
 * | `{"do": "connect", "reader": 1}`     | the connection is there: the room gets joined            |
 * | `{"do": "lose", "reader": 1}`        | the connection breaks; open requests fail                |
 * | `{"do": "event", "reader": 1, "name": …, "payload": …}` | an event arrives                      |
 * | `{"do": "answer", "request": 7, "answer": …}` | to that request, as on the wire                 |
 * | `{"do": "timeout", "request": 7}`    | it times out; a `tick` alone lets no request time out    |
 * | `{"do": "post", "reader": 1, "text": …}` | the reader says something                            |
 * | `{"do": "older", "reader": 1}`       | the reader asks for older messages                       |
 * | `{"do": "tick", "ms": 500}`          | time passes, for all readers                             |
 * | `{"do": "state", "reader": 1}`       |                                                          |
 *
 * The answer is `{"requests": […]}`: what was asked of the server meanwhile, each as
 * `{"reader": 1, "request": 7, "event": "join", "payload": {…}}`. The answer to `state` has also
 *
 * - `held`: the ids of the stored messages on the page, in order; `pending`: how many of the
 *   reader's own are on their way; `more`: whether older ones can be loaded, null before a join
 * - `live`: whether the room is joined; `complete`: and no message is known to be missing
 * - `cursor`: the cursor of a join at this time, `{"after"?: id, "up_to"?: id}`
 * - `problem`: the code of the error because of which the room isn't joined, or null
 *
 * A command that makes no sense is answered by `{"error": "…"}`. The end of stdin ends the program.
 */
import readline from "node:readline";
import {
  BROADCASTS,
  isEvent,
  isNumbered,
  withUsableFields,
} from "../../chat/static/js/contract.js";
import { RequestError } from "../../chat/static/js/lib/request-error.js";
import { Lobby } from "../../chat/static/js/models/lobby.js";
import { Outbox } from "../../chat/static/js/models/outbox.js";
import { ReadMarkers } from "../../chat/static/js/models/read-markers.js";
import { Requests } from "../../chat/static/js/models/requests.js";
import { FakeClock, memoryStorage, seeded, settled } from "./doubles.js";

const ROOM = "general";
const clock = new FakeClock();
const readers = new Map();
const open = new Map(); // requests without an answer, by number
let made = [];
let lastRequest = 0;

class Reader {
  connected = false;

  constructor(id, { seed = 1, page_size: pageSize = 50 }) {
    this.id = id;
    const { random } = seeded(seed);
    const storage = memoryStorage();
    const me = { id: `reader-${id}`, name: `Reader ${id}` };
    const newId = () => uuid(random);
    this.requests = new Requests({ clock, carry: (...request) => this.#carry(...request) });
    this.lobby = new Lobby({
      rooms: [{ id: ROOM, title: "General" }],
      roomId: ROOM,
      me,
      connection: this,
      outbox: new Outbox({ storage, userId: me.id, clock, newId }),
      markers: new ReadMarkers({ storage, userId: me.id }),
      locks: { request: (_name, task) => task() },
      clock,
      random,
      pageSize,
      onChange: () => {},
    });
  }

  connect() {
    this.connected = true;
    this.requests.connected();
    this.lobby.connected();
  }

  lose() {
    this.connected = false;
    for (const [number, { reader, reject }] of open) {
      if (reader !== this) continue;
      open.delete(number);
      reject(failure("offline"));
    }
    this.lobby.disconnected();
  }

  request(event, payload) {
    return this.requests.make(event, payload);
  }

  /** As `connection.js` does. */
  event(name, payload) {
    const { mark, message, presence } = BROADCASTS;
    if (name !== mark && isNumbered(payload)) this.lobby.count(withUsableFields(payload));
    if (!isEvent(name, payload)) return;
    if (name === mark) this.lobby.mark(payload);
    if (name === message) this.lobby.receive(payload);
    if (name === presence) this.lobby.presence(payload);
  }

  get state() {
    const { current, problem } = this.lobby;
    const stored = current.entries.filter(({ pending }) => !pending);
    return {
      held: stored.map(({ message }) => message.id),
      pending: current.entries.length - stored.length,
      more: current.older.more,
      live: current.live,
      complete: current.complete,
      cursor: current.cursor,
      problem: problem?.code ?? null,
    };
  }

  enterTyping() {}
  leaveTyping() {}

  #carry(event, payload) {
    if (!this.connected) return Promise.reject(failure("offline"));
    const request = ++lastRequest;
    made.push({ reader: this.id, request, event, payload });
    return new Promise((resolve, reject) => open.set(request, { reader: this, resolve, reject }));
  }
}

const failure = (code) => new RequestError({ code, message: code });

const COMMANDS = {
  make: ({ reader, ...options }) => readers.set(reader, new Reader(reader, options)),
  connect: ({ reader }) => readerOf(reader).connect(),
  lose: ({ reader }) => readerOf(reader).lose(),
  event: ({ reader, name, payload }) => readerOf(reader).event(name, payload),
  answer: ({ request, answer }) => taken(request).resolve(answer),
  timeout: ({ request }) => taken(request).reject(failure("timeout")),
  post: ({ reader, text }) => readerOf(reader).lobby.post(text),
  older: ({ reader }) => readerOf(reader).lobby.current.older.load(),
  tick: ({ ms }) => pass(ms),
  state: ({ reader }) => readerOf(reader),
};

/** Also runs timers that callbacks of promises set meanwhile. */
async function pass(ms) {
  const end = clock.ticks() + ms;
  for (let due = clock.nextDue; due <= end; due = clock.nextDue) {
    clock.advance(due - clock.ticks());
    await settled();
  }
  clock.advance(end - clock.ticks());
}

function readerOf(id) {
  if (!readers.has(id)) throw new Error(`there is no reader ${id}`);
  return readers.get(id);
}

function taken(number) {
  if (!open.has(number)) throw new Error(`request ${number} isn't open`);
  const request = open.get(number);
  open.delete(number);
  return request;
}

async function run(line) {
  const command = JSON.parse(line);
  if (!Object.hasOwn(COMMANDS, command.do)) throw new Error(`there is no command ${command.do}`);
  const told = COMMANDS[command.do](command);
  if (command.do === "tick") await told;
  await settled();
  const requests = made;
  made = [];
  return { requests, ...(command.do === "state" && told.state) };
}

function uuid(random) {
  const digit = (letter) => (letter === "x" ? Math.floor(random() * 16).toString(16) : letter);
  return [..."xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx"].map(digit).join("");
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const answer = await run(line).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
