import assert from "node:assert/strict";
import test from "node:test";
import { ConnectionAge } from "../../../chat/static/js/models/connection-age.js";
import { FakeClock } from "../doubles.js";

function setUp() {
  const clock = new FakeClock();
  const age = new ConnectionAge({ clock });
  age.connected();
  return { clock, age };
}

test("it counts from the connection on, whatever is done to the time of day", () => {
  const { clock, age } = setUp();
  clock.advance(1500.7);
  clock.jump(-86_400_000);
  assert.equal(age.ms, 1500);
  age.connected();
  assert.equal(age.ms, 0);
});

test("the age that the server sends is used instead; an older server sends none", () => {
  const { clock, age } = setUp();
  clock.advance(1000);
  age.correct(60_000); // the laptop slept
  clock.advance(500);
  age.correct(undefined);
  assert.equal(age.ms, 60_500);
  age.correct(100);
  assert.equal(age.ms, 100);
});
