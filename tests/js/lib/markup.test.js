import assert from "node:assert/strict";
import test from "node:test";
import { hasMarkup, isFewEmoji } from "../../../chat/static/js/lib/markup.js";

test("plain texts need no parser", () => {
  for (const text of [
    "Hello, how are you?",
    "a - b",
    "-",
    "1.5 km",
    "(see https://a.example)",
    ">:(",
    "+ 5",
    "C:\\\\a",
  ]) {
    assert.equal(hasMarkup(text), false, text);
  }
});

test("whatever Markdown would change does", () => {
  for (const text of ["**a**", "_a_", "`a`", "> a", "- a", "x\n1. a", "[a](b)", "~~a~~"]) {
    assert.equal(hasMarkup(text), true, text);
  }
});

test("a text that would take long to parse stays plain", () => {
  assert.equal(hasMarkup(`**a** ${"x".repeat(7900)}`), true);
  assert.equal(hasMarkup(`**a** ${"x".repeat(8000)}`), false);
  assert.equal(hasMarkup("*a ".repeat(1000)), false);
});

test("one to three emoji are few", () => {
  for (const text of ["👍", "👩‍👩‍👧‍👦", "🇩🇪 🎉", "❤️\n👏🏽🙂"]) assert.ok(isFewEmoji(text), text);
  for (const text of ["🎉🎉🎉🎉", "3", "©", "🎉!", "", "😀".repeat(4000)]) {
    assert.ok(!isFewEmoji(text), text.slice(0, 10));
  }
});
