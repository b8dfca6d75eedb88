import assert from "node:assert/strict";
import test from "node:test";
import { Continuity } from "../../../chat/static/js/models/continuity.js";
import { MessageStore } from "../../../chat/static/js/models/message-store.js";
import { FakeClock, message } from "../doubles.js";

const id = (minute) => message(minute).id;
const RECOVERED = { startsOver: false };
const STARTED_OVER = { startsOver: true };

/** A room with the messages of the minutes 1 to 5. */
function setUp({ random = () => 0.5 } = {}) {
  const it = { clock: new FakeClock(), waits: [], store: new MessageStore() };
  it.store.merge([1, 2, 3, 4, 5].map((minute) => message(minute)));
  const onHole = (ms) => it.waits.push(ms);
  it.continuity = new Continuity({ store: it.store, clock: it.clock, random, onHole });
  it.join = (answer, how = RECOVERED) => {
    it.continuity.asked();
    it.continuity.answered(answer, how);
  };
  it.cursor = () => it.continuity.cursor;
  return it;
}

test("events that follow each other prove nothing missing", () => {
  const { continuity, join, waits } = setUp();
  join({ follows: 7, up_to: id(1) });
  for (const follows of [7, 8, 9]) continuity.count({ follows });
  continuity.mark({ follows: 10, up_to: id(2) });
  assert.ok(continuity.live);
  assert.ok(!continuity.hole);
  assert.deepEqual(waits, []);
});

test("a greater number is a hole: the room is joined again, once, within a second", () => {
  const { continuity, join, waits } = setUp();
  join({ follows: 7, up_to: id(1) });
  for (const follows of [8, 9, 11]) continuity.count({ follows });
  continuity.mark({ follows: 15, up_to: id(4) });
  assert.ok(continuity.hole);
  assert.deepEqual(waits, [500]);
});

test("a mark shows that the last event was lost, too", () => {
  const { continuity, join, waits } = setUp();
  join({ follows: 7, up_to: id(1) });
  continuity.mark({ follows: 8, up_to: id(2) });
  assert.ok(continuity.hole);
  assert.equal(waits.length, 1);
});

test("a smaller number proves nothing", () => {
  const { continuity, join, cursor } = setUp();
  join({ follows: 7, up_to: id(1) });
  continuity.count({ follows: 7 });
  continuity.count({ follows: 3 });
  continuity.count({ follows: 7 });
  continuity.mark({ follows: 7, up_to: id(4) });
  assert.ok(!continuity.hole);
  assert.deepEqual(cursor(), { after: id(1), up_to: id(1) });
});

test("a live message doesn't move the cursor, even if it sorts before up_to: a clock was ahead", () => {
  const { continuity, join, cursor, store } = setUp();
  join({ follows: 7, up_to: id(9) });
  store.merge([message(7)]);
  assert.deepEqual(cursor(), { after: id(5), up_to: id(9) });
  continuity.mark({ follows: 7, up_to: id(9) });
  assert.deepEqual(cursor(), { after: id(5), up_to: id(9) });
});

test("the cursor is the newest message up to the up_to of the server", () => {
  const { continuity, join, cursor } = setUp();
  join({ follows: 7, up_to: `${id(2)}5` });
  continuity.saw(id(5));
  assert.deepEqual(cursor(), { after: id(2), up_to: `${id(2)}5` });
  continuity.mark({ follows: 7, up_to: id(4) });
  assert.deepEqual(cursor(), { after: id(4), up_to: id(4) });
  continuity.mark({ follows: 7, up_to: id(3) });
  assert.deepEqual(cursor(), { after: id(4), up_to: id(4) });
});

test("an event moves up_to as a mark does, and counts", () => {
  const { continuity, join, cursor } = setUp();
  join({ follows: 7, up_to: id(1) });
  continuity.count({ follows: 7, up_to: id(2) });
  assert.deepEqual(cursor(), { after: id(2), up_to: id(2) });
  continuity.count({ follows: 8 });
  assert.deepEqual(cursor(), { after: id(2), up_to: id(2) });
  continuity.mark({ follows: 9, up_to: id(3) });
  assert.deepEqual(cursor(), { after: id(3), up_to: id(3) });
  assert.ok(!continuity.hole);
});

test("the cursor survives a lost connection, after which no numbers count", () => {
  const { continuity, join, cursor, waits } = setUp();
  join({ follows: 7, up_to: id(3) });
  continuity.lost();
  continuity.count({ follows: 9 });
  continuity.mark({ follows: 9, up_to: id(5) });
  assert.ok(!continuity.live);
  assert.deepEqual(waits, []);
  assert.deepEqual(cursor(), { after: id(3), up_to: id(3) });
  join({ follows: 0, up_to: id(2) }); // of a server whose `up_to` is behind
  continuity.count({ follows: 0 });
  assert.ok(!continuity.hole);
  assert.deepEqual(cursor(), { after: id(3), up_to: id(3) });
});

test("while a hole is known, nothing moves up_to", () => {
  const { continuity, join, cursor } = setUp();
  join({ follows: 7, up_to: id(1) });
  continuity.count({ follows: 8, up_to: id(5) });
  continuity.count({ follows: 7, up_to: id(5) });
  continuity.mark({ follows: 7, up_to: id(5) });
  continuity.mark({ follows: 9, up_to: id(5) });
  assert.deepEqual(cursor(), { after: id(1), up_to: id(1) });
});

test("there is no cursor before the first join, nor without a message up to up_to", () => {
  const { join, cursor } = setUp();
  assert.deepEqual(cursor(), { after: undefined });
  join({ follows: 0, up_to: id(0) });
  assert.deepEqual(cursor(), {});
});

test("after a new start only the up_to of that answer counts", () => {
  const { continuity, join, cursor } = setUp();
  join({ follows: 7, up_to: id(5) }); // of a server whose clock was ahead
  continuity.lost();
  join({ follows: 0, up_to: id(2) }, STARTED_OVER);
  assert.deepEqual(cursor(), { after: id(2), up_to: id(2) });
});

test("during a join numbers prove nothing; after its answer they are looked at", () => {
  const { continuity, cursor, waits } = setUp();
  continuity.asked();
  for (const follows of [5, 6, 7]) continuity.count({ follows });
  continuity.mark({ follows: 8, up_to: id(4) });
  assert.deepEqual(waits, []);
  continuity.answered({ follows: 6, up_to: id(1) }, RECOVERED);
  assert.ok(!continuity.hole);
  assert.deepEqual(cursor(), { after: id(4), up_to: id(4) });
  continuity.count({ follows: 8 });
  assert.ok(!continuity.hole);
});

test("what was lost during a join shows after its answer", () => {
  const { continuity, waits } = setUp();
  continuity.asked();
  continuity.count({ follows: 6 });
  continuity.count({ follows: 8 });
  continuity.answered({ follows: 6, up_to: id(1) }, RECOVERED);
  assert.ok(continuity.hole);
  assert.equal(waits.length, 1);
});

test("what came before a join that failed doesn't count for the next one", () => {
  const { continuity, waits } = setUp();
  continuity.asked();
  continuity.count({ follows: 6 });
  continuity.asked();
  continuity.answered({ follows: 5, up_to: id(1) }, RECOVERED);
  assert.deepEqual(waits, []);
  continuity.count({ follows: 6 }); // 5 was lost
  assert.equal(waits.length, 1);
});

test("what came before the connection was lost doesn't count for the next one", () => {
  const { continuity, join, waits } = setUp();
  continuity.asked();
  continuity.count({ follows: 600 });
  continuity.lost();
  join({ follows: 0, up_to: id(1) });
  assert.deepEqual(waits, []);
});

test("a server that counts nothing is taken at its word, and the cursor moves with what arrives", () => {
  const { continuity, join, cursor, waits } = setUp();
  join({}, { ...RECOVERED, newest: id(3) });
  continuity.count({ follows: 99 });
  continuity.mark({ follows: 100, up_to: id(1) });
  continuity.saw(id(5));
  continuity.saw(id(4));
  assert.deepEqual(cursor(), { after: id(5) });
  assert.deepEqual(waits, []);
  continuity.lost();
  continuity.saw(id(9)); // there may be a gap before it
  assert.deepEqual(cursor(), { after: id(5) });
});

test("without counting, a room that was empty has no cursor until its first message", () => {
  const { continuity, join, cursor } = setUp();
  join({}, STARTED_OVER);
  assert.equal(cursor().after, undefined);
  continuity.saw(id(1));
  assert.deepEqual(cursor(), { after: id(1) });
});

test("servers of both editions may take turns", () => {
  const { continuity, join, cursor } = setUp();
  join({ follows: 7, up_to: id(2) });
  continuity.lost();
  join({}, { ...RECOVERED, newest: id(4) });
  assert.deepEqual(cursor(), { after: id(4) });
  continuity.lost();
  join({ follows: 1, up_to: id(3) }, { ...RECOVERED, newest: id(5) });
  continuity.saw(id(5));
  assert.deepEqual(cursor(), { after: id(3), up_to: id(3) });
});

/** Joins `count` times; after each join a hole is found. */
function loseOnce({ continuity, join, clock }, count, { apartMs = 0 } = {}) {
  for (let number = 0; number < count; number++) {
    join({ follows: 0, up_to: id(1) });
    clock.advance(apartMs);
    continuity.count({ follows: 1000 });
  }
}

test("a server whose numbers make no sense is asked less and less", () => {
  const it = setUp({ random: () => 1 });
  loseOnce(it, 12);
  assert.deepEqual(it.waits.slice(0, 7), [1000, 1000, 1000, 2000, 4000, 8000, 16_000]);
  assert.equal(it.waits.at(-1), 60_000);
});

test("holes with some time between them are each mended at once", () => {
  const it = setUp({ random: () => 1 });
  loseOnce(it, 12, { apartMs: 10_000 });
  assert.deepEqual(it.waits, Array(12).fill(1000));
});

test("after a calm, as many are mended at once as in the beginning", () => {
  const it = setUp({ random: () => 1 });
  loseOnce(it, 12);
  loseOnce(it, 1, { apartMs: 10_000 });
  loseOnce(it, 3);
  assert.deepEqual(it.waits.slice(12), [1000, 1000, 1000, 2000]);
});

test("the waits of all who have missed the same are spread over a second", () => {
  for (const [random, wait] of [
    [0, 0],
    [0.999, 999],
  ]) {
    const it = setUp({ random: () => random });
    loseOnce(it, 1);
    assert.deepEqual(it.waits, [wait]);
  }
});
