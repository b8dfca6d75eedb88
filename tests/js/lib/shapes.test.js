import assert from "node:assert/strict";
import test from "node:test";
import { isAnswerTo, isEvent } from "../../../chat/static/js/lib/shapes.js";
import { ada, message } from "../doubles.js";

const joined = { ok: true, messages: [message(1)], people: [ada], count: 1, more: false };

test("what the contract promises passes", () => {
  assert.ok(isAnswerTo("join", joined));
  assert.ok(isAnswerTo("history", { messages: [], more: false }));
  assert.ok(isAnswerTo("send", { message: message(1) }));
  assert.ok(isAnswerTo("unread", { counts: { general: 3 } }));
  assert.ok(isAnswerTo("leave", {}));
  assert.ok(isEvent("message", message(1)));
  assert.ok(isEvent("presence", { room: "general", count: 250 }));
  assert.ok(isEvent("presence", { room: "general", count: 1, joined: [ada], left: ["u1"] }));
  assert.ok(isEvent("activity", { room: "general", latest: message(1).id }));
  assert.ok(isEvent("typing", { room: "general", user: ada, active: true }));
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
    for (const request of ["join", "history", "send", "unread"]) {
      assert.ok(!isAnswerTo(request, nonsense), `${request} ${JSON.stringify(nonsense)}`);
    }
    for (const event of ["message", "presence", "activity", "typing"]) {
      assert.ok(!isEvent(event, nonsense), `${event} ${JSON.stringify(nonsense)}`);
    }
  }
  assert.ok(!isEvent("message", { ...message(1), sent_at: "soon" }));
  assert.ok(!isEvent("message", { ...message(1), user: null }));
  assert.ok(!isAnswerTo("join", { ...joined, messages: [null] }));
  assert.ok(!isAnswerTo("join", { ...joined, count: -1 }));
  assert.ok(!isAnswerTo("join", { ...joined, more: undefined }));
  assert.ok(!isAnswerTo("history", { messages: [], more: "yes" }));
});
