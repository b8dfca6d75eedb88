import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { isFewEmoji } from "../../../chat/static/js/lib/markup.js";
import { EmojiBook } from "../../../chat/static/js/models/emoji-book.js";

const book = new EmojiBook(readFileSync("chat/static/vendor/emoji.txt", "utf8"));
const names = (query) => book.search(query, 8).map(({ name }) => name);

test("an emoji is found by each of its names", () => {
  assert.equal(book.get("tada"), "🎉");
  assert.equal(book.get("+1"), "👍");
  assert.equal(book.get("ThumbsUp"), "👍");
  assert.equal(book.get("nothing"), undefined);
});

test("every emoji is one that is shown larger alone", () => {
  const odd = book.search("", 10_000).filter(({ character }) => !isFewEmoji(character));
  assert.deepEqual(odd, []);
});

test("the best fits come first, and no more than fit", () => {
  assert.equal(names("smile")[0], "smile");
  assert.ok(names("heart").every((name) => name.includes("heart")));
  assert.equal(names("a").length, 8);
  assert.deepEqual(names("no_such_emoji"), []);
});

test("what people use comes before what is just first in the list", () => {
  assert.equal(names("ta")[0], "tada");
  assert.equal(names("hea")[0], "heart");
  assert.equal(names("roc")[0], "rocket");
});

test("what the reader uses comes before that", () => {
  const found = book.search("ta", 8, ["🌮", "🚕"]).map(({ name }) => name);
  assert.deepEqual(found.slice(0, 3), ["taco", "taxi", "tada"]);
  assert.equal(book.search("tada", 8, ["🌮"])[0].name, "tada");
});
