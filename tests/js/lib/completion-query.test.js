import assert from "node:assert/strict";
import test from "node:test";
import { queryAt, wholeEmojiAt } from "../../../chat/static/js/lib/completion-query.js";

const atEnd = (text) => queryAt(text, text.length);

test("a colon and two letters ask for emoji", () => {
  assert.deepEqual({ ...atEnd("well :ta") }, { mark: ":", query: "ta", from: 5 });
  assert.equal(atEnd(":+1").query, "+1");
});

test("faces, times and addresses don't", () => {
  for (const text of [":)", ":D", "10:30", "at :30", "https://a", "a:bc", ":ta "]) {
    assert.equal(atEnd(text), null, text);
  }
});

test("an @ asks for names, which may have spaces", () => {
  assert.deepEqual({ ...atEnd("a\nhi @") }, { mark: "@", query: "", from: 5 });
  assert.equal(atEnd("@Ada Ok").query, "Ada Ok");
  assert.equal(atEnd("(@a").query, "a");
});

test("both begin beside whatever ends a word", () => {
  for (const text of ["（@", "こんにちは@", "「@", "/@", "😀@", "＠"])
    assert.equal(atEnd(text)?.query, "", text);
  for (const text of ["（:ta", "やった:ta"]) assert.equal(atEnd(text)?.query, "ta", text);
});

test("an address of e-mail doesn't", () => {
  for (const text of ["ada@example", "@@a", `@${"a".repeat(41)}`]) {
    assert.equal(atEnd(text), null, text);
  }
});

test("only what is before the caret counts", () => {
  assert.equal(queryAt("@ann and more", 3).query, "an");
  assert.equal(queryAt("@ann", 0), null);
});

test("a whole name of an emoji ends with a colon", () => {
  assert.deepEqual({ ...wholeEmojiAt("a :tada:", 8) }, { query: "tada", from: 2 });
  assert.equal(wholeEmojiAt("10:30:", 6), null);
});
