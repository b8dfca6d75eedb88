import assert from "node:assert/strict";
import test from "node:test";
import { RequestError } from "../../../chat/static/js/lib/request-error.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { Unread } from "../../../chat/static/js/models/unread.js";
import { FakeClock, memoryStorage, message, settled } from "../doubles.js";

/** One unread message in every room; `failures` are the errors of the next requests. */
function setUp(...known) {
  const it = { asked: [], failures: [], clock: new FakeClock() };
  it.markers = new ReadMarkers({ storage: memoryStorage(), userId: "u1" });
  for (const room of known) it.markers.advance(room, "1");
  const request = async (_event, { after }) => {
    it.asked.push(after);
    if (it.failures.length > 0) throw new RequestError(it.failures.shift());
    return { counts: Object.fromEntries(Object.keys(after).map((room) => [room, 1])) };
  };
  it.unread = new Unread({
    markers: it.markers,
    request,
    clock: it.clock,
    random: () => 1,
    onChange: () => {},
  });
  it.pass = async (ms) => {
    for (let passed = 0; passed < ms; passed += 100) {
      await settled();
      it.clock.advance(100);
    }
    await settled();
  };
  return it;
}

test("only rooms with a marker are asked for; a new room counts from its first news on", async () => {
  const it = setUp();
  it.unread.refresh(["tech"]);
  await it.pass(1000);
  assert.deepEqual(it.asked, []);
  const { id } = message(5);
  it.unread.activity({ room: "tech", latest: `${id.slice(0, 28)}7f3ac21e00` });
  await it.pass(1000);
  assert.deepEqual(it.asked, [{ tech: id }]);
  assert.equal(it.unread.of("tech"), 1);
});

test("a marker that another tab moved to the latest message needs no request", async () => {
  const it = setUp("tech");
  it.unread.activity({ room: "tech", latest: "5" });
  await it.pass(1000);
  it.markers.advance("tech", "4");
  it.unread.readElsewhere("tech");
  await it.pass(1000);
  assert.equal(it.asked.length, 2);
  it.markers.advance("tech", "5");
  it.unread.readElsewhere("tech");
  await it.pass(1000);
  assert.equal(it.asked.length, 2);
  assert.equal(it.unread.of("tech"), 0);
});

test("after a lost connection the latest message is unknown", async () => {
  const it = setUp("tech");
  it.unread.activity({ room: "tech", latest: "5" });
  await it.pass(1000);
  it.unread.refresh(["tech"]);
  await it.pass(1000);
  it.markers.advance("tech", "6"); // and 7 may be there, too
  it.unread.readElsewhere("tech");
  await it.pass(1000);
  assert.equal(it.asked.length, 3);
  assert.equal(it.unread.of("tech"), 1);
});

test("a room that is read up to its newest message needs no request", async () => {
  const it = setUp("tech", "random", "general", "quiet");
  for (const room of ["tech", "random", "quiet"]) it.markers.advance(room, "5");
  it.unread.set("tech", 3);
  it.unread.activity({ room: "random", latest: "7" });
  await it.pass(1000);
  it.asked.length = 0;
  it.unread.refresh(
    ["tech", "random", "general", "quiet", "new"],
    new Map([
      ["tech", "5"],
      ["random", "5"], // its activity came after the answer was made
      ["general", null],
      ["quiet", "6"],
      ["new", "6"],
    ]),
  );
  await it.pass(1000);
  assert.deepEqual(it.asked, [{ random: "5", general: "1", quiet: "5" }]);
  assert.equal(it.unread.of("tech"), 0);
  it.markers.advance("quiet", "6");
  it.unread.readElsewhere("quiet");
  await it.pass(1000);
  assert.equal(it.asked.length, 1);
  assert.equal(it.unread.of("quiet"), 0);
});

test("a count is out of date once the marker has moved", async () => {
  const it = setUp("tech");
  it.unread.activity({ room: "tech", latest: "5" });
  it.markers.advance("tech", "5");
  it.unread.readElsewhere("tech");
  await it.pass(1000);
  assert.equal(it.unread.of("tech"), 0);
});

test("many rooms are asked for in parts", async () => {
  const rooms = Array.from({ length: 150 }, (_, index) => `r${index}`);
  const it = setUp(...rooms);
  it.unread.refresh(rooms);
  await it.pass(21_000);
  assert.deepEqual(
    it.asked.map((after) => Object.keys(after).length),
    [100, 50],
  );
  assert.ok(rooms.every((room) => it.unread.of(room) === 1));
});

test("thirty rooms that talk all the time leave the reader most of what the server allows", async () => {
  const rooms = Array.from({ length: 30 }, (_, index) => `r${index}`);
  const it = setUp(...rooms);
  for (let second = 0; second < 20; second += 1) {
    for (const room of rooms) it.unread.activity({ room, latest: `1${second}` });
    await it.pass(1000);
  }
  const cost = it.asked.flatMap((after) => Object.keys(after)).length;
  assert.ok(cost <= 130, `${cost} in 20 s`);
  assert.ok(rooms.every((room) => it.unread.of(room) === 1));
});

test("who is asked to wait waits, and asks again", async () => {
  const it = setUp("tech");
  it.failures.push({ code: "rate_limited", retry_after: 5 });
  it.unread.refresh(["tech"]);
  await it.pass(4900);
  assert.equal(it.asked.length, 1);
  await it.pass(300);
  assert.equal(it.asked.length, 2);
  assert.equal(it.unread.of("tech"), 1);
});

test("without a connection nothing is asked before the next one", async () => {
  const it = setUp("tech");
  it.failures.push({ code: "offline" });
  it.unread.refresh(["tech"]);
  await it.pass(20_000);
  assert.equal(it.asked.length, 1);
  it.unread.refresh(["tech"]);
  await it.pass(1000);
  assert.equal(it.unread.of("tech"), 1);
});
