import assert from "node:assert/strict";
import test from "node:test";
import { Edition } from "../../../chat/static/js/models/edition.js";
import { refusal } from "../doubles.js";

/** A server, and what it was asked. `refuses` are the fields that it doesn't know. */
function server({ refuses = [], error = "invalid" } = {}) {
  const it = { asked: [], refuses, error };
  it.ask = async (payload) => {
    it.asked.push(payload);
    if (it.refuses.some((name) => name in payload)) throw refusal(it.error);
    return { ok: true };
  };
  return it;
}

const JOIN = { room: "general", after: "2", up_to: "3" };
const PLAIN_JOIN = { room: "general", after: "2" };
const SEND = { room: "general", text: "Hello", connected_ms: 7 };
const PLAIN_SEND = { room: "general", text: "Hello" };

test("a server that knows all fields gets them, and is asked once", async () => {
  const edition = new Edition();
  const { asked, ask } = server();
  await edition.request("join", JOIN, ask);
  await edition.request("send", SEND, ask);
  assert.deepEqual(asked, [JOIN, SEND]);
});

test("one of the first edition is asked again without them, and from then on at once", async () => {
  const edition = new Edition();
  const { asked, ask } = server({ refuses: ["up_to", "connected_ms"] });
  assert.deepEqual(await edition.request("send", SEND, ask), { ok: true });
  await edition.request("join", JOIN, ask);
  await edition.request("send", SEND, ask);
  assert.deepEqual(asked, [SEND, PLAIN_SEND, PLAIN_JOIN, PLAIN_SEND]);
});

test("with the next connection it may be another server", async () => {
  const edition = new Edition();
  await edition.request("send", SEND, server({ refuses: ["connected_ms"] }).ask);
  const next = server();
  edition.connected();
  await edition.request("send", SEND, next.ask);
  assert.deepEqual(next.asked, [SEND]);
});

test("a request that is invalid also without them doesn't prove an older server", async () => {
  const edition = new Edition();
  const { asked, ask } = server({ refuses: ["text"] });
  await assert.rejects(edition.request("send", SEND, ask), { code: "invalid" });
  await edition.request("join", JOIN, ask);
  assert.deepEqual(asked, [SEND, PLAIN_SEND, JOIN]);
});

test("nothing else is asked twice", async () => {
  const edition = new Edition();
  for (const code of ["rate_limited", "unavailable", "offline", "timeout", "conflict"]) {
    const { asked, ask } = server({ refuses: ["text"], error: code });
    await assert.rejects(edition.request("send", SEND, ask), { code });
    assert.equal(asked.length, 1);
  }
  const { asked, ask } = server({ refuses: ["room"] });
  await assert.rejects(edition.request("join", PLAIN_JOIN, ask), { code: "invalid" });
  await assert.rejects(edition.request("leave", { room: "general" }, ask), { code: "invalid" });
  assert.equal(asked.length, 2);
});
