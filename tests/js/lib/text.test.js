import assert from "node:assert/strict";
import test from "node:test";
import { typingPhrase } from "../../../chat/static/js/lib/phrases.js";
import { characters, isBlank, plural, sendable } from "../../../chat/static/js/lib/text.js";

test("white space, controls and invisible characters are blank", () => {
  for (const text of ["", " \n\t", "\u200b\u2060", "\u202e", "\u0000", "\ufe0f", "\u3164\u2800"])
    assert.ok(isBlank(text));
  for (const text of [".", "\u200bx", "👍"]) assert.ok(!isBlank(text));
});

test("what can't be sent is left out, and half an emoji becomes a sign for it", () => {
  assert.equal(sendable("a\ud83d!"), "a\ufffd!");
  assert.equal(sendable("\u001b[31mred\u0000\u0007\u0085"), "[31mred");
  assert.equal(sendable("\tone  two\n\nthree \n"), "\tone  two\n\nthree");
});

test("an emoji outside the basic plane counts once", () => {
  assert.equal(characters("a👍"), 2);
});

test("counts read well", () => {
  assert.equal(plural(1, "message", "messages"), "1 message");
  assert.equal(plural(3, "message", "messages"), "3 messages");
});

test("up to two typists are named", () => {
  const words = (names) =>
    typingPhrase(names)
      .map((part) => part.name ?? part)
      .join("");
  assert.equal(words([]), "");
  assert.equal(words(["Ada"]), "Ada is typing");
  assert.equal(words(["Ada", "Bob"]), "Ada and Bob are typing");
  assert.equal(words(["Ada", "Bob", "Cy"]), "Several people are typing");
});
