import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "UTC";
const { layout } = await import("../../../chat/static/js/lib/layout.js");
const { ada, me, message } = await import("../doubles.js");

const entry = (minute, options) => ({
  key: `k${minute}`,
  message: message(minute, options),
  pending: false,
});
const kinds = (entries, view = {}) =>
  layout(entries, { complete: false, newFrom: null, ...view }).map(({ kind, key, continued }) =>
    kind === "message" ? key + (continued ? "+" : "") : kind,
  );

test("messages of one author within five minutes form a group", () => {
  assert.deepEqual(kinds([entry(0), entry(5), entry(11)]), ["day", "k0", "k5+", "k11"]);
});

test("another author begins a group", () => {
  assert.deepEqual(kinds([entry(0), entry(1, { user: me }), entry(2, { user: ada })]), [
    "day",
    "k0",
    "k1",
    "k2",
  ]);
});

test("a new day has a separator and breaks the group", () => {
  const late = entry(0);
  late.message.sent_at = "2026-11-21T23:59:00.000000Z";
  const early = entry(1);
  early.message.sent_at = "2026-11-22T00:01:00.000000Z";
  assert.deepEqual(kinds([late, early]), ["day", "k0", "day", "k1"]);
});

test("the new line stands above its message and breaks the group", () => {
  assert.deepEqual(kinds([entry(0), entry(1), entry(2)], { newFrom: "k1" }), [
    "day",
    "k0",
    "new",
    "k1",
    "k2+",
  ]);
});

test("the beginning shows once nothing older exists, and knows of an empty room", () => {
  assert.deepEqual(kinds([entry(0)], { complete: true }), ["beginning", "day", "k0"]);
  assert.deepEqual(layout([], { complete: true, newFrom: null }), [
    { kind: "beginning", key: "beginning", empty: true },
  ]);
});

test("a pending message of a clock that is behind opens no earlier day", () => {
  const pending = { ...entry(2), pending: true };
  pending.message.sent_at = "2026-11-20T10:00:00.000Z";
  assert.deepEqual(kinds([entry(1), pending]), ["day", "k1", "k2+"]);
});
