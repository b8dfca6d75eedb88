import assert from "node:assert/strict";
import test from "node:test";
import { Lobby } from "../../../chat/static/js/models/lobby.js";
import { Outbox } from "../../../chat/static/js/models/outbox.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { ada, FakeClock, me, memoryStorage, message, refusal, settled } from "../doubles.js";

/** A server in a few lines: it knows who joined what, and answers with what it has. */
class FakeConnection {
  connected = true;
  asked = [];
  inside = new Set();
  refuse = () => null;

  async request(event, payload) {
    this.asked.push([event, payload]);
    const error = this.connected ? this.refuse(event, payload) : refusal("offline");
    if (error) throw error;
    return this[event](payload);
  }

  join({ room }) {
    this.inside.add(room);
    return { messages: [message(1, { room })], more: false, recovered: true, people: [], count: 1 };
  }

  leave({ room }) {
    this.inside.delete(room);
  }

  send({ room, text, client_id }) {
    if (!this.inside.has(room)) throw refusal("not_in_room");
    return { message: message(9, { user: me, room, text, clientId: client_id }) };
  }

  unread({ after }) {
    return { counts: Object.fromEntries(Object.keys(after).map((room) => [room, 4])) };
  }

  enterTyping() {}
  leaveTyping() {}
}

function setUp() {
  const clock = new FakeClock();
  const storage = memoryStorage();
  const connection = new FakeConnection();
  const markers = new ReadMarkers({ storage, userId: me.id });
  const lobby = new Lobby({
    rooms: [
      { id: "general", title: "General" },
      { id: "tech", title: "Tech" },
    ],
    roomId: "general",
    me,
    connection,
    outbox: new Outbox({ storage, userId: me.id, clock }),
    markers,
    locks: { request: (_name, task) => task() },
    clock,
    pageSize: 50,
    onChange: () => {},
  });
  return { clock, connection, lobby, markers };
}

const events = ({ asked }) =>
  asked.map(([event, { room }]) => [event, room].filter(Boolean).join(" "));

test("switching leaves one room and joins the other", async () => {
  const { lobby, connection } = setUp();
  await lobby.connected();
  lobby.select("tech");
  await settled();
  assert.deepEqual(events(connection), ["join general", "leave general", "join tech"]);
  assert.ok(lobby.current.live);
});

test("a message written before the switch still arrives in its room", async () => {
  const { lobby, connection } = setUp();
  connection.connected = false;
  lobby.post("late");
  await settled();
  lobby.select("tech");
  connection.connected = true;
  await lobby.connected();
  await settled();
  assert.deepEqual([...connection.inside], ["tech"]);
  const general = lobby.rooms.find(({ id }) => id === "general");
  assert.deepEqual(
    general.entries.map((entry) => [entry.message.text, entry.pending]),
    [["late", false]],
  );
});

test("a room that can't be entered for now is tried again, and says why", async () => {
  const { lobby, connection, clock } = setUp();
  connection.refuse = () => refusal("unavailable");
  await lobby.connected();
  assert.equal(lobby.problem.code, "unavailable");
  connection.refuse = () => null;
  clock.advance(1000);
  await settled();
  assert.equal(lobby.problem, null);
  assert.ok(lobby.current.live);
});

test("while the history is down, its wish when to come back is heard, and what is said arrives", async () => {
  const { lobby, connection, clock } = setUp();
  connection.refuse = (event) =>
    event === "join" ? refusal("unavailable", { retry_after: 30 }) : null;
  await lobby.connected();
  lobby.receive(message(7, { text: "still here" }));
  assert.deepEqual(
    lobby.current.entries.map((entry) => entry.message.text),
    ["still here"],
  );
  assert.ok(!lobby.current.live);
  connection.refuse = () => null;
  clock.advance(29_999);
  await settled();
  assert.ok(!lobby.current.live);
  clock.advance(1);
  await settled();
  assert.ok(lobby.current.live);
});

test("checklist 27: one never sees oneself type, and whoever has gone no longer types", async () => {
  const { lobby } = setUp();
  await lobby.connected();
  lobby.typing({ room: "general", user: me, active: true });
  assert.deepEqual(lobby.current.typists.names, []);
  lobby.typing({ room: "general", user: ada, active: true });
  assert.deepEqual(lobby.current.typists.names, ["Ada"]);
  lobby.presence({ room: "general", count: 1, left: [ada.id] });
  assert.deepEqual(lobby.current.typists.names, []);
});

test("a join that is answered after the reader went on doesn't make the old room live", async () => {
  const { lobby, connection } = setUp();
  const connecting = lobby.connected();
  lobby.select("tech");
  await connecting;
  await settled();
  assert.deepEqual([...connection.inside], ["tech"]);
  assert.ok(!lobby.rooms.find(({ id }) => id === "general").live);
});

test("reading the current room moves its marker and clears its count", async () => {
  const { lobby, markers } = setUp();
  await lobby.connected();
  lobby.countUnread();
  assert.equal(lobby.unread.of("general"), 1);
  lobby.markRead();
  assert.equal(lobby.unread.of("general"), 0);
  assert.equal(markers.of("general"), message(1).id);
});

test("activity elsewhere brings that room's count", async () => {
  const { lobby } = setUp();
  await lobby.connected();
  lobby.activity({ room: "tech", latest: message(3).id });
  await settled();
  assert.equal(lobby.unread.of("tech"), 4);
});
