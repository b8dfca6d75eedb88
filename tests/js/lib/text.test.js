import assert from "node:assert/strict";
import test from "node:test";
import { typingPhrase } from "../../../chat/static/js/lib/phrases.js";
import { characters, isBlank, plural } from "../../../chat/static/js/lib/text.js";

test("white space, controls and invisible characters are blank", () => {
  for (const text of ["", " \n\t", "\u200b\u2060", "\u202e", "\u0000"]) assert.ok(isBlank(text));
  for (const text of [".", "\u200bx", "👍"]) assert.ok(!isBlank(text));
});

test("an emoji outside the basic plane counts once", () => {
  assert.equal(characters("a👍"), 2);
});

test("counts read well", () => {
  assert.equal(plural(1, "message", "messages"), "1 message");
  assert.equal(plural(3, "message", "messages"), "3 messages");
});

test("up to two typists are named", () => {
  assert.equal(typingPhrase([]), "");
  assert.equal(typingPhrase(["Ada"]), "Ada is typing");
  assert.equal(typingPhrase(["Ada", "Bob"]), "Ada and Bob are typing");
  assert.equal(typingPhrase(["Ada", "Bob", "Cy"]), "Several people are typing");
});
