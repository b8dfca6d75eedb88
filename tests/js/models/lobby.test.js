import assert from "node:assert/strict";
import test from "node:test";
import { Lobby } from "../../../chat/static/js/models/lobby.js";
import { NotificationSettings } from "../../../chat/static/js/models/notification-settings.js";
import { Outbox } from "../../../chat/static/js/models/outbox.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { ada, FakeClock, me, memoryStorage, message, refusal, settled } from "../doubles.js";

/** A minimal server: it knows which rooms are joined, and has fixed answers. */
class FakeConnection {
  connected = true;
  asked = [];
  inside = new Set();
  renamed = 0; // how often the page heard of another name
  refuse = () => null;
  own = []; // rooms as the reader has them
  told = {}; // `follows` and `up_to` of the answer to a join

  async request(event, payload) {
    this.asked.push([event, payload]);
    const error = this.connected ? this.refuse(event, payload) : refusal("offline");
    if (error) throw error;
    return this[event](payload);
  }

  join({ room }) {
    this.inside.add(room);
    const messages = [message(1, { room })];
    return { messages, more: false, recovered: true, people: [], count: 1, ...this.told };
  }

  leave({ room }) {
    this.inside.delete(room);
  }

  send({ room, text, client_id }) {
    if (!this.inside.has(room)) throw refusal("not_in_room");
    return { message: message(9, { user: me, room, text, clientId: client_id }) };
  }

  rooms() {
    return { rooms: this.own };
  }

  read({ id }) {
    return { read_up_to: id };
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
    settings: new NotificationSettings({ storage, userId: me.id }),
    onRenamed: () => {
      connection.renamed += 1;
    },
    locks: { request: (_name, task) => task() },
    clock,
    random: () => 0.5,
    pageSize: 50,
    onChange: () => {},
  });
  return { clock, connection, lobby, markers };
}

const events = ({ asked }) =>
  asked.map(([event, { room }]) => [event, room].filter(Boolean).join(" "));

test("a page whose reader has got another name hears of it with the next join", async () => {
  const { lobby, connection } = setUp();
  connection.told = { you: { ...me } };
  await lobby.connected();
  assert.equal(connection.renamed, 0);
  connection.told = { you: { ...me, name: "Anna" } };
  lobby.disconnected();
  await lobby.connected();
  assert.equal(connection.renamed, 1);
});

test("a page that never had the server's name for its reader isn't loaded in a loop", async () => {
  const { lobby, connection } = setUp();
  connection.told = { you: { ...me, name: "Anna" } };
  await lobby.connected();
  await lobby.connected();
  assert.equal(connection.renamed, 0);
});

test("a server of the first edition doesn't say the name", async () => {
  const { lobby, connection } = setUp();
  await lobby.connected();
  await lobby.connected();
  assert.equal(connection.renamed, 0);
});

test("switching leaves one room and joins the other", async () => {
  const { lobby, connection } = setUp();
  await lobby.connected();
  lobby.select("tech");
  await settled();
  assert.deepEqual(events(connection), ["join general", "rooms", "leave general", "join tech"]);
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

test("while the history is down, its retry_after is respected, and live messages arrive", async () => {
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

test("one never sees oneself type, and whoever has gone no longer types", async () => {
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

const own = (id, fields) => ({ id, read_up_to: null, level: null, latest: null, ...fields });

test("only rooms with something unread are counted after a connect", async () => {
  const { lobby, connection } = setUp();
  const [read, latest] = [message(2).id, message(2).id];
  connection.own = [own("tech", { read_up_to: read, latest })];
  await lobby.connected();
  await settled();
  assert.deepEqual(events(connection), ["join general", "rooms"]);

  connection.own = [own("tech", { read_up_to: read, latest: message(3).id })];
  await lobby.connected();
  await settled();
  assert.deepEqual(connection.asked.at(-1), ["unread", { after: { tech: read } }]);
  assert.equal(lobby.unread.of("tech"), 4);
});

test("what another device reads loses its number, and the new line stays", async () => {
  const { lobby, connection, markers } = setUp();
  markers.advance("general", message(0).id);
  lobby.select("tech");
  lobby.select("general");
  await lobby.connected();
  lobby.countUnread();
  const latest = `${message(5).id.slice(0, 28)}7f3ac21e00`;
  lobby.activity({ room: "tech", latest });
  await settled();
  const { newFrom } = lobby.current;
  assert.ok(newFrom);
  assert.deepEqual([lobby.unread.of("general"), lobby.unread.of("tech")], [1, 4]);
  lobby.ownRooms.read({ room: "general", read_up_to: message(1).id });
  lobby.ownRooms.read({ room: "tech", read_up_to: latest });
  assert.deepEqual([lobby.unread.of("general"), lobby.unread.of("tech")], [0, 0]);
  assert.equal(lobby.current.newFrom, newFrom);
  assert.equal(events(connection).filter((event) => event === "unread").length, 1);
});

test("what another device read meanwhile counts for the room that is open, too", async () => {
  const { lobby, connection } = setUp();
  await lobby.connected();
  lobby.countUnread();
  assert.equal(lobby.unread.of("general"), 1);
  connection.own = [own("general", { read_up_to: message(1).id })];
  await lobby.connected();
  assert.equal(lobby.unread.of("general"), 0);
});

test("without a connection nothing of it is sent", async () => {
  const { lobby, connection, clock } = setUp();
  await lobby.connected();
  connection.connected = false;
  lobby.disconnected();
  connection.asked.length = 0;
  lobby.markRead();
  clock.advance(60_000);
  await settled();
  assert.deepEqual(connection.asked, []);
});

test("what is read here is sent, once", async () => {
  const { lobby, connection } = setUp();
  await lobby.connected();
  lobby.markRead();
  lobby.markRead();
  await settled();
  const sent = connection.asked.filter(([event]) => event === "read");
  assert.deepEqual(sent, [["read", { room: "general", id: message(1).id }]]);
});

test("activity elsewhere brings that room's count", async () => {
  const { lobby } = setUp();
  await lobby.connected();
  lobby.activity({ room: "tech", latest: message(3).id });
  await settled();
  assert.equal(lobby.unread.of("tech"), 4);
});

const COUNTED = { follows: 5, up_to: message(1).id };

/** The reader is in "general" on a server that counts. */
async function setUpCounted() {
  const it = setUp();
  it.connection.told = COUNTED;
  await it.lobby.connected();
  it.connection.asked.length = 0;
  it.joins = () => it.connection.asked.filter(([event]) => event === "join").length;
  return it;
}

test("a hole is mended by one join within a second, and nobody is told", async () => {
  const { lobby, connection, clock, joins } = await setUpCounted();
  lobby.count({ room: "general", follows: 7 });
  lobby.count({ room: "general", follows: 9 });
  lobby.mark({ room: "general", follows: 12, up_to: message(9).id });
  clock.advance(499);
  assert.equal(joins(), 0);
  connection.told = { follows: 12, up_to: message(9).id };
  clock.advance(1);
  await settled();
  assert.equal(joins(), 1);
  assert.equal(connection.asked[0][1].up_to, message(1).id);
  assert.equal(lobby.problem, null);
  assert.ok(lobby.current.complete);
  clock.advance(600_000);
  assert.equal(joins(), 1);
});

test("a hole that can't be mended for now is tried again when the server says", async () => {
  const { lobby, connection, clock, joins } = await setUpCounted();
  connection.refuse = () => refusal("rate_limited", { retry_after: 20 });
  lobby.count({ room: "general", follows: 7 });
  clock.advance(500);
  await settled();
  assert.ok(lobby.current.live);
  assert.ok(!lobby.current.complete);
  connection.refuse = () => null;
  clock.advance(19_999);
  assert.equal(joins(), 1);
  clock.advance(1);
  await settled();
  assert.equal(joins(), 2);
  assert.ok(lobby.current.complete);
  assert.equal(lobby.problem, null);
});

test("a server whose numbers make no sense isn't asked in a loop", async () => {
  const { lobby, clock, joins } = await setUpCounted();
  for (let second = 0; second < 600; second++) {
    lobby.count({ room: "general", follows: 1000 });
    clock.advance(1000);
    await settled();
  }
  assert.ok(joins() < 30, `${joins()} joins in ten minutes`);
});

test("a hole isn't mended where the reader has left or the connection is lost", async () => {
  for (const leave of ["select", "disconnected"]) {
    const { lobby, clock, connection } = await setUpCounted();
    lobby.count({ room: "general", follows: 7 });
    lobby[leave]("tech");
    await settled();
    connection.asked.length = 0;
    clock.advance(60_000);
    await settled();
    assert.deepEqual(connection.asked, [], leave);
  }
});

test("a room that is entered only to send counts nothing, also when it is opened meanwhile", async () => {
  const { lobby, connection, clock, joins } = await setUpCounted();
  lobby.post("late", "tech");
  await settled();
  lobby.count({ room: "tech", follows: 1 });
  lobby.count({ room: "tech", follows: 9 });
  connection.told = { follows: 30, up_to: message(1).id };
  lobby.select("tech");
  lobby.count({ room: "tech", follows: 20 }); // sent before the join was answered
  await settled();
  connection.asked.length = 0;
  lobby.count({ room: "tech", follows: 30 });
  lobby.count({ room: "tech", follows: 31 });
  clock.advance(60_000);
  assert.equal(joins(), 0);
  assert.ok(lobby.current.complete);
  assert.deepEqual([...connection.inside], ["tech"]);
});
