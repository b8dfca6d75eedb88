import assert from "node:assert/strict";
import test from "node:test";
import { Outage } from "../../../chat/static/js/models/outage.js";
import { FakeClock } from "../doubles.js";

const COMPLETE = { complete: true, handedOver: false };
const LOST = { complete: false, handedOver: false };
const HANDED_OVER = { complete: false, handedOver: true };

function setUp() {
  const clock = new FakeClock();
  return { clock, outage: new Outage({ clock }) };
}

test("an outage is told after two seconds, until nothing is missing any more", () => {
  const { clock, outage } = setUp();
  assert.ok(!outage.isToldOf(COMPLETE));
  assert.ok(!outage.isToldOf(LOST));
  clock.advance(1999);
  assert.ok(!outage.isToldOf(LOST));
  clock.advance(1);
  assert.ok(outage.isToldOf(LOST));
  assert.ok(!outage.isToldOf(COMPLETE));
  assert.ok(!outage.isToldOf(LOST));
});

test("a planned stop isn't told unless nobody takes over", () => {
  const { clock, outage } = setUp();
  outage.isToldOf(HANDED_OVER);
  clock.advance(7999);
  assert.ok(!outage.isToldOf(HANDED_OVER));
  clock.advance(1);
  assert.ok(outage.isToldOf(HANDED_OVER));
});

test("after a planned stop, catching up isn't told either", () => {
  const { clock, outage } = setUp();
  outage.isToldOf(HANDED_OVER);
  clock.advance(4000);
  assert.ok(!outage.isToldOf(LOST)); // connected to the next server, but not in the room yet
  assert.ok(!outage.isToldOf(COMPLETE));
});

test("setting the clock neither hides an outage nor reports it earlier", () => {
  const { clock, outage } = setUp();
  outage.isToldOf(LOST);
  clock.jump(86_400_000);
  assert.ok(!outage.isToldOf(LOST));
  clock.jump(-2 * 86_400_000);
  clock.advance(2000);
  assert.ok(outage.isToldOf(LOST));
});
