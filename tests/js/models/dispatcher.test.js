import assert from "node:assert/strict";
import test from "node:test";
import { Dispatcher } from "../../../chat/static/js/models/dispatcher.js";
import { Outbox } from "../../../chat/static/js/models/outbox.js";
import { deferred, FakeClock, memoryStorage, refusal, settled } from "../doubles.js";

const A_DAY_MS = 86_400_000;

/** One tab: what it has sent, and an answer that the test can change. */
function tab({ storage = memoryStorage(), clock = new FakeClock(), lock = (task) => task() } = {}) {
  const outbox = new Outbox({ storage, userId: "u1", clock });
  const it = {
    storage,
    clock,
    outbox,
    sent: [],
    stored: [],
    answer: async (p) => ({ message: p }),
  };
  it.dispatcher = new Dispatcher({
    room: "general",
    outbox,
    clock,
    lock,
    send: (payload) => {
      it.sent.push(payload);
      return it.answer(payload);
    },
    onSent: (message) => it.stored.push(message.text),
    onChange: () => {},
  });
  return it;
}

test("messages go out one after the other, in order", async () => {
  const it = tab();
  const first = deferred();
  it.answer = () => first.promise;
  it.outbox.add("general", "one");
  it.outbox.add("general", "two");
  it.dispatcher.kick();
  await settled();
  assert.equal(it.sent.length, 1);
  it.answer = async (payload) => ({ message: payload });
  first.resolve({ message: { text: "one" } });
  await settled();
  assert.deepEqual(it.stored, ["one", "two"]);
  assert.deepEqual(it.outbox.of("general"), []);
});

test("a first attempt doesn't call itself a resend; the next one says how long ago it was", async () => {
  const it = tab();
  it.answer = () => Promise.reject(refusal("offline"));
  const { client_id } = it.outbox.add("general", "hello");
  await it.dispatcher.kick();
  it.clock.advance(4000);
  await it.dispatcher.kick();
  assert.deepEqual(it.sent, [
    { room: "general", text: "hello", client_id },
    { room: "general", text: "hello", client_id, first_attempt_ms_ago: 4000 },
  ]);
});

test("a resend after a reload is still a resend", async () => {
  const before = tab();
  before.answer = () => new Promise(() => {});
  before.outbox.add("general", "hello");
  before.dispatcher.kick();
  before.clock.advance(7000);
  const after = tab(before);
  await after.dispatcher.kick();
  assert.equal(after.sent[0].client_id, before.sent[0].client_id);
  assert.equal(after.sent[0].first_attempt_ms_ago, 7000);
});

test("an entry of an earlier page is a resend, even if that page couldn't write down its attempt", async () => {
  const before = tab();
  before.outbox.add("general", "hello");
  before.clock.advance(3000);
  const after = tab(before);
  await after.dispatcher.kick();
  assert.equal(after.sent[0].first_attempt_ms_ago, 3000);
});

test("a lock that fails once doesn't stop the sending for good", async () => {
  let works = false;
  const it = tab({ lock: (task) => (works ? task() : Promise.reject(new Error("no lock"))) });
  it.outbox.add("general", "hello");
  await assert.rejects(it.dispatcher.kick());
  works = true;
  await it.dispatcher.kick();
  assert.deepEqual(it.stored, ["hello"]);
});

test("a clock that was set back makes the server look far enough", async () => {
  const it = tab();
  it.answer = () => Promise.reject(refusal("offline"));
  it.outbox.add("general", "hello");
  await it.dispatcher.kick();
  it.clock.jump(-3_600_000);
  await it.dispatcher.kick();
  assert.equal(it.sent[1].first_attempt_ms_ago, A_DAY_MS);
});

test("an attempt long ago is said to be no older than the server takes", async () => {
  const it = tab();
  it.answer = () => Promise.reject(refusal("offline"));
  it.outbox.add("general", "hello");
  await it.dispatcher.kick();
  it.clock.jump(31 * A_DAY_MS);
  await it.dispatcher.kick();
  assert.equal(it.sent[1].first_attempt_ms_ago, 30 * A_DAY_MS);
});

test("a refused message is marked and the next one goes out", async () => {
  const it = tab();
  it.answer = async (payload) => {
    if (payload.text === "bad") throw refusal("invalid");
    return { message: payload };
  };
  it.outbox.add("general", "bad");
  it.outbox.add("general", "good");
  await it.dispatcher.kick();
  assert.deepEqual(it.stored, ["good"]);
  assert.equal(it.outbox.of("general")[0].error, "invalid");
});

test("while the history is down it tries again by itself, and keeps the order", async () => {
  const it = tab();
  it.answer = () => Promise.reject(refusal("unavailable"));
  it.outbox.add("general", "one");
  it.outbox.add("general", "two");
  await it.dispatcher.kick();
  assert.equal(it.sent.length, 1);
  it.answer = async (payload) => ({ message: payload });
  it.clock.advance(1000);
  await settled();
  assert.deepEqual(it.stored, ["one", "two"]);
});

test("a server that asks for no pause at all gets one", async () => {
  const it = tab();
  it.answer = () => Promise.reject(refusal("unavailable", { retry_after: 0 }));
  it.outbox.add("general", "one");
  await it.dispatcher.kick();
  it.clock.advance(499);
  await settled();
  assert.equal(it.sent.length, 1);
});

test("a rate limit is waited out", async () => {
  const it = tab();
  it.answer = () => Promise.reject(refusal("rate_limited", { retry_after: 5 }));
  it.outbox.add("general", "one");
  await it.dispatcher.kick();
  it.clock.advance(4999);
  await settled();
  assert.equal(it.sent.length, 1);
  it.clock.advance(1);
  await settled();
  assert.equal(it.sent.length, 2);
});

test("of two tabs only one sends a message", async () => {
  let last = Promise.resolve();
  const lock = (task) => {
    last = last.then(task);
    return last;
  };
  const one = tab({ lock });
  const two = tab({ ...one, lock });
  one.outbox.add("general", "hello");
  await Promise.all([one.dispatcher.kick(), two.dispatcher.kick()]);
  assert.equal(one.sent.length + two.sent.length, 1);
});

test("a retry doesn't wait for an answer that may never come", async () => {
  const it = tab();
  it.answer = () => new Promise(() => {});
  const { client_id } = it.outbox.add("general", "one");
  it.outbox.add("general", "two");
  it.dispatcher.kick();
  it.clock.advance(9000);
  it.answer = async (payload) => ({ message: payload });
  await it.dispatcher.retry();
  await settled();
  assert.deepEqual(it.stored, ["one", "two"]);
  assert.equal(it.sent[1].client_id, client_id);
  assert.equal(it.sent[1].first_attempt_ms_ago, 9000);
});

test("a kick while a message is on its way sends nothing twice", async () => {
  const it = tab();
  it.outbox.add("general", "hello");
  await Promise.all([it.dispatcher.kick(), it.dispatcher.kick(), it.dispatcher.kick()]);
  assert.equal(it.sent.length, 1);
});
