import assert from "node:assert/strict";
import test from "node:test";
import {
  isAnswerTo,
  isEvent,
  isNumbered,
  withUsableFields,
} from "../../chat/static/js/contract.js";
import { ada, message } from "./doubles.js";

const ROOM = { id: "general", title: "General", read_up_to: null, level: null, latest: null };
const joined = { ok: true, messages: [message(1)], people: [ada], count: 1, more: false };

test("what the contract promises passes", () => {
  assert.ok(isAnswerTo("join", joined));
  assert.ok(isAnswerTo("history", { messages: [], more: false }));
  assert.ok(isAnswerTo("send", { message: message(1) }));
  assert.ok(isAnswerTo("unread", { counts: { general: 3 } }));
  assert.ok(isAnswerTo("rooms", { rooms: [ROOM, { ...ROOM, level: "all", latest: "1" }] }));
  assert.ok(isAnswerTo("read", { read_up_to: message(1).id }));
  assert.ok(isAnswerTo("people", { people: [{ ...ada, here: true }], more: false }));
  assert.ok(isAnswerTo("leave", {}));
  assert.ok(isEvent("message", message(1)));
  assert.ok(isEvent("presence", { room: "general", count: 250 }));
  assert.ok(isEvent("presence", { room: "general", count: 1, joined: [ada], left: ["u1"] }));
  assert.ok(isEvent("activity", { room: "general", latest: message(1).id }));
  assert.ok(isEvent("typing", { room: "general", user: ada, active: true }));
  assert.ok(isEvent("read", { room: "general", read_up_to: message(1).id }));
  assert.ok(isEvent("room", ROOM));
  assert.ok(isEvent("choices", { theme: "dark" }));
  assert.ok(isEvent("choices", { theme: null, skin_tone: "medium" }));
  assert.ok(isEvent("mark", { room: "general", follows: 0, up_to: message(1).id }));
});

test("nothing else does", () => {
  for (const nonsense of [
    null,
    undefined,
    7,
    "text",
    [],
    {},
    { messages: {} },
    { counts: [null] },
  ]) {
    for (const request of ["join", "history", "send", "unread", "rooms", "read", "people"]) {
      assert.ok(!isAnswerTo(request, nonsense), `${request} ${JSON.stringify(nonsense)}`);
    }
    for (const event of [
      "message",
      "presence",
      "activity",
      "typing",
      "mark",
      "read",
      "room",
      "choices",
    ]) {
      assert.ok(!isEvent(event, nonsense), `${event} ${JSON.stringify(nonsense)}`);
    }
    assert.ok(!isNumbered(nonsense), JSON.stringify(nonsense));
  }
  for (const field of ["id", "read_up_to", "level", "latest"]) {
    for (const value of [undefined, 7, {}]) {
      assert.ok(!isEvent("room", { ...ROOM, [field]: value }), field);
      assert.ok(!isAnswerTo("rooms", { rooms: [ROOM, { ...ROOM, [field]: value }] }), field);
    }
  }
  for (const field of ["theme", "skin_tone"]) {
    const choices = { theme: "dark", skin_tone: "dark", [field]: 7 };
    assert.ok(!isEvent("choices", choices), field);
  }
  assert.ok(!isEvent("message", { ...message(1), sent_at: "soon" }));
  assert.ok(!isEvent("message", { ...message(1), user: null }));
  assert.ok(!isAnswerTo("join", { ...joined, messages: [null] }));
  assert.ok(!isAnswerTo("join", { ...joined, count: -1 }));
  assert.ok(!isAnswerTo("join", { ...joined, more: undefined }));
  assert.ok(!isAnswerTo("history", { messages: [], more: "yes" }));
});

test("an event of any name has a number in its room, or none", () => {
  assert.ok(isNumbered({ room: "general", follows: 3, id: null }));
  for (const follows of [undefined, null, -1, 1.5, "3", [3]]) {
    assert.ok(!isNumbered({ room: "general", follows }), String(follows));
  }
  assert.ok(!isNumbered({ room: 7, follows: 3 }));
  assert.ok(!isEvent("mark", { room: "general", follows: "3", up_to: message(1).id }));
  assert.ok(!isEvent("mark", { room: "general", follows: 3 }));
});

test("an answer whose optional fields make no sense counts as one without them", () => {
  const choices = { theme: "dark", skin_tone: null };
  const good = { follows: 3, up_to: message(1).id, connected_ms: 0, you: ada, choices };
  assert.deepEqual(withUsableFields({ ok: true, ...good }), { ok: true, ...good });
  for (const nonsense of [null, -1, 1.5, {}, []]) {
    const { ok, ...optional } = withUsableFields({
      ok: true,
      follows: nonsense,
      up_to: nonsense,
      connected_ms: nonsense,
      you: nonsense,
      choices: nonsense,
    });
    assert.deepEqual(Object.values(optional), Array(5).fill(undefined));
    assert.ok(ok);
  }
});
