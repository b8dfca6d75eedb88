import assert from "node:assert/strict";
import test from "node:test";
import { RecoveryCursor } from "../../../chat/static/js/models/recovery-cursor.js";

test("it follows what arrives while nothing can be missing", () => {
  const cursor = new RecoveryCursor();
  cursor.joined("1");
  cursor.saw("3");
  cursor.saw("2");
  assert.equal(cursor.after, "3");
});

test("what arrives before the room is joined again doesn't move it", () => {
  const cursor = new RecoveryCursor();
  cursor.joined("1");
  cursor.lost();
  cursor.saw("9");
  assert.equal(cursor.after, "1");
  cursor.joined("9");
  assert.equal(cursor.after, "9");
});

test("a room that was empty has no cursor until its first message", () => {
  const cursor = new RecoveryCursor();
  cursor.joined(undefined);
  assert.equal(cursor.after, undefined);
  cursor.saw("1");
  assert.equal(cursor.after, "1");
});
