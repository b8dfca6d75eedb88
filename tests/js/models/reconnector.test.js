import assert from "node:assert/strict";
import test from "node:test";
import { Reconnector } from "../../../chat/static/js/models/reconnector.js";
import { FakeClock } from "../doubles.js";

function setUp() {
  const clock = new FakeClock();
  const it = { clock, attempts: 0 };
  const connect = () => {
    it.attempts += 1;
  };
  it.reconnector = new Reconnector({ connect, clock, random: () => 1 });
  return it;
}

test("after a loss it says when it tries again, and then does", () => {
  const it = setUp();
  it.reconnector.lost();
  assert.equal(it.reconnector.retryAt - it.clock.ticks(), 1000);
  it.clock.advance(999);
  assert.equal(it.attempts, 0);
  it.clock.advance(1);
  assert.equal(it.attempts, 1);
  assert.equal(it.reconnector.retryAt, null);
});

test("failures in a row wait longer and longer; a connection starts over", () => {
  const { reconnector, clock } = setUp();
  const waits = [0, 1, 2].map(() => {
    reconnector.lost();
    return reconnector.retryAt - clock.ticks();
  });
  assert.deepEqual(waits, [1000, 2000, 4000]);
  reconnector.connected();
  reconnector.lost();
  assert.equal(reconnector.retryAt - clock.ticks(), 1000);
});

test("the delay that the server asks for is used instead", () => {
  const { reconnector, clock } = setUp();
  reconnector.handOver(250);
  assert.equal(reconnector.retryAt - clock.ticks(), 250);
});

test("after a planned stop it tries again soon, as long as the next server may be starting", () => {
  const { reconnector, clock } = setUp();
  reconnector.handOver(250);
  assert.ok(reconnector.handedOver);
  const waits = Array.from({ length: 10 }, () => {
    reconnector.refused();
    return reconnector.retryAt - clock.ticks();
  });
  assert.deepEqual(waits, [...Array(8).fill(2000), 15_000, 15_000]);
  reconnector.connected();
  assert.ok(!reconnector.handedOver);
  for (const wait of [1000, 2000, 4000]) {
    reconnector.lost();
    assert.equal(reconnector.retryAt - clock.ticks(), wait);
  }
});

test("a refusal waits as long as the server asks, and never less than a failure", () => {
  const { reconnector, clock } = setUp();
  const waits = [undefined, 30_000, 250].map((wish) => {
    reconnector.refused(wish);
    return reconnector.retryAt - clock.ticks();
  });
  assert.deepEqual(waits, [1000, 30_000, 4000]);
});

test("trying now cancels the planned attempt, and two at once are one", () => {
  const it = setUp();
  it.reconnector.lost();
  it.reconnector.now();
  it.reconnector.now();
  it.clock.advance(60_000);
  assert.equal(it.attempts, 1);
});
