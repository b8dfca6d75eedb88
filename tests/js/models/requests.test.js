import assert from "node:assert/strict";
import test from "node:test";
import { Requests } from "../../../chat/static/js/models/requests.js";
import { FakeClock, me, message } from "../doubles.js";

/** Requests, what was emitted, and the answers in turn. */
function setUp() {
  const it = { clock: new FakeClock(), emitted: [], answers: [] };
  it.requests = new Requests({
    clock: it.clock,
    carry: (_event, payload) => {
      it.emitted.push(payload);
      return Promise.resolve(it.answers.shift());
    },
  });
  it.requests.connected();
  it.send = () => it.requests.make("send", { text: "Hello" });
  return it;
}

const stored = (more) => ({ ok: true, message: message(1, { user: me }), ...more });
const refused = (code) => ({ ok: false, error: { code, message: code } });

test("a send says how old its connection is when it is emitted, by the server's count", async () => {
  const { clock, emitted, answers, send } = setUp();
  answers.push(stored({ connected_ms: 61_000 }), stored({ connected_ms: "soon" }), stored());
  clock.advance(1000);
  await send(); // a laptop that has slept for a minute
  clock.advance(500);
  await send();
  await send();
  assert.deepEqual(
    emitted.map((payload) => payload.connected_ms),
    [1000, 61_500, 61_500],
  );
});

test("each connection has an age of its own, and no other request tells it", async () => {
  const { requests, clock, emitted, answers, send } = setUp();
  answers.push({ ok: true, counts: {} }, stored());
  await requests.make("unread", { after: {} });
  clock.advance(5000);
  requests.connected();
  await send();
  assert.deepEqual(emitted, [{ after: {} }, { text: "Hello", connected_ms: 0 }]);
});

test("a server of the first edition gets a send without an age", async () => {
  const { emitted, answers, send } = setUp();
  answers.push(refused("invalid"), stored(), stored());
  await send();
  await send();
  const plain = { text: "Hello" };
  assert.deepEqual(emitted, [{ ...plain, connected_ms: 0 }, plain, plain]);
});

test("a refusal is an error with its code, and nonsense counts as no answer", async () => {
  const { answers, send } = setUp();
  answers.push(refused("too_long"));
  await assert.rejects(send(), { code: "too_long" });
  for (const nonsense of [undefined, null, 7, [], {}, { ok: true }, { ok: false, error: 7 }]) {
    answers.push(nonsense);
    await assert.rejects(send(), { code: "unavailable" });
  }
});
