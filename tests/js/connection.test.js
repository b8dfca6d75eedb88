import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Connection } from "../../chat/static/js/connection.js";
import { BROADCASTS, NAMESPACES, TYPING } from "../../chat/static/js/contract.js";
import { browserClock } from "../../chat/static/js/lib/clock.js";
import { Manager } from "../../chat/static/vendor/socket.io.esm.min.js";
import { ada, FakeClock, message } from "./doubles.js";

/** A valid payload of each event that gets to the page as it is. */
const EXAMPLES = {
  message: { ...message(1), follows: 3 },
  presence: { room: "general", count: 1, joined: [ada], left: [], follows: 4 },
  activity: { room: "tech", latest: message(1).id },
  read: { room: "tech", read_up_to: message(1).id },
  room: { id: "tech", read_up_to: null, level: "all", latest: null },
  mark: { room: "general", follows: 5, up_to: message(1).id },
  choices: { theme: "dark" },
};
const SIGNAL = { room: "general", user: ada, active: true };

let sockets;
let heard;
let connection;
let clock;

beforeEach(() => {
  sockets = {};
  heard = [];
  mock.method(Manager.prototype, "open", () => {}); // no network
  clock = new FakeClock();
  for (const name of Object.keys(browserClock)) mock.method(browserClock, name, clock[name]);
  const make = Manager.prototype.socket;
  mock.method(Manager.prototype, "socket", function (name, options) {
    sockets[name] = make.call(this, name, options);
    return sockets[name];
  });
  const hear = (_, name) => (payload) => heard.push([name, payload]);
  connection = new Connection("http://chat.example", "u1", new Proxy({}, { get: hear }));
});

afterEach(() => mock.reset());

/** What socket.io does with a packet of an event. */
const arrives = (namespace, event, payload) =>
  sockets[namespace].emitEvent([event, structuredClone(payload)]);

const heardOf = (name) => heard.filter(([each]) => each === name).map(([, payload]) => payload);

test("the page knows whether news may come late", () => {
  const arrive = (payload) => arrives(NAMESPACES.rooms, BROADCASTS.delays, payload);
  arrive({ expected: true });
  assert.ok(connection.delayed);
  assert.equal(heardOf("changed").length, 1);
  arrive({ expected: "perhaps" });
  assert.ok(connection.delayed);
  arrive({ expected: false });
  assert.ok(!connection.delayed);
  arrive({ expected: true });
  sockets[NAMESPACES.rooms].emitReserved("disconnect");
  assert.ok(!connection.delayed, "the next server would say so");
});

test("every event of the contract gets to the page", () => {
  assert.deepEqual(
    Object.values(BROADCASTS).sort(),
    [...Object.keys(EXAMPLES), BROADCASTS.goingAway, BROADCASTS.delays].sort(),
  );
  for (const [event, payload] of Object.entries(EXAMPLES)) {
    arrives(NAMESPACES.rooms, event, payload);
    assert.deepEqual(heardOf(event), [payload]);
  }
  arrives(NAMESPACES.typing, TYPING, SIGNAL);
  assert.deepEqual(heardOf("typing"), [SIGNAL]);
});

test("every event with a number is counted, except marks, whose number is the total", () => {
  for (const [event, payload] of Object.entries(EXAMPLES)) {
    arrives(NAMESPACES.rooms, event, payload);
  }
  arrives(NAMESPACES.rooms, "of a later edition", { room: "general", follows: 6 });
  assert.deepEqual(
    heardOf("numbered").map(({ follows }) => follows),
    [3, 4, 6],
  );
});

test("what makes no sense is not heard", () => {
  for (const event of Object.keys(EXAMPLES)) {
    for (const nonsense of [null, 7, "text", {}]) arrives(NAMESPACES.rooms, event, nonsense);
  }
  arrives(NAMESPACES.typing, TYPING, {});
  assert.deepEqual(heard, []);
});

test("a server that stops is left when it says so", () => {
  arrives(NAMESPACES.rooms, BROADCASTS.goingAway, { reconnect_in_ms: 500 });
  clock.advance(499);
  assert.ok(!connection.handedOver);
  clock.advance(1);
  assert.ok(connection.handedOver);
});
