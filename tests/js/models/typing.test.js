import assert from "node:assert/strict";
import test from "node:test";
import { TypingSignal } from "../../../chat/static/js/models/typing-signal.js";
import { Typists } from "../../../chat/static/js/models/typists.js";
import { ada, FakeClock } from "../doubles.js";

function signal() {
  const clock = new FakeClock();
  const sent = [];
  return { clock, sent, signal: new TypingSignal({ clock, send: (active) => sent.push(active) }) };
}

test("ten seconds of typing send at most one signal per three seconds", () => {
  const it = signal();
  for (let ms = 0; ms < 10_000; ms += 100) {
    it.signal.typed();
    it.clock.advance(100);
  }
  assert.deepEqual(it.sent, [true, true, true, true]);
});

test("whoever writes on after sending is seen typing at once", () => {
  const it = signal();
  it.signal.typed();
  it.clock.advance(500);
  it.signal.sent();
  it.signal.typed();
  assert.deepEqual(it.sent, [true, true]);
});

test("taking the text back is told once", () => {
  const it = signal();
  it.signal.stopped();
  it.signal.typed();
  it.signal.stopped();
  it.signal.stopped();
  assert.deepEqual(it.sent, [true, false]);
});

test("a sent message needs no signal", () => {
  const it = signal();
  it.signal.typed();
  it.signal.sent();
  it.signal.stopped();
  assert.deepEqual(it.sent, [true]);
});

function typists() {
  const clock = new FakeClock();
  return { clock, typists: new Typists({ clock, onChange: () => {} }) };
}

test("a typist is forgotten six seconds after the last signal", () => {
  const it = typists();
  it.typists.started(ada);
  it.clock.advance(5000);
  it.typists.started(ada);
  it.clock.advance(5999);
  assert.deepEqual(it.typists.names, ["Ada"]);
  it.clock.advance(1);
  assert.deepEqual(it.typists.names, []);
});

test("a typist who stops is gone at once, and clear forgets all", () => {
  const it = typists();
  it.typists.started(ada);
  it.typists.stopped(ada.id);
  assert.deepEqual(it.typists.names, []);
  it.typists.started(ada);
  it.typists.clear();
  assert.deepEqual(it.typists.names, []);
});
