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

test("accents and capitals don't matter, and of several words each has to be in the name", () => {
  assert.equal(names("PIÑ")[0], "pinata");
  assert.deepEqual(names("cat heart"), ["heart_eyes_cat"]);
  assert.equal(names("with tear ")[0], "smiling_face_with_tear");
});

test("all emoji are in the groups that the picker shows, each once", () => {
  const titles = book.groups.map(({ title }) => title);
  assert.deepEqual(titles, [
    "Smileys",
    "People",
    "Animals & nature",
    "Food & drink",
    "Activities",
    "Travel & places",
    "Objects",
    "Symbols",
    "Flags",
  ]);
  const bar = readFileSync("chat/templates/chat/emoji_picker.html", "utf8");
  for (const title of titles) assert.ok(bar.includes(`("${title}", `), title);
  const characters = book.groups.flatMap(({ emoji }) => emoji.map(({ character }) => character));
  assert.ok(characters.length > 1800);
  assert.equal(new Set(characters).size, characters.length);
  const first = book.groups.map(({ emoji }) => emoji[0].character);
  assert.deepEqual(first, ["😀", "👋", "🐵", "🍇", "🎃", "🌍", "👓", "🏧", "🏁"]);
});

test("often used is what the reader uses, and then what everybody uses", () => {
  const often = (used, most) => book.often(used, most).map(({ character }) => character);
  assert.deepEqual(often([], 3), ["😂", "❤️", "🤣"]);
  assert.deepEqual(often(["🚢", "❤️", "gone"], 5), ["🚢", "❤️", "😂", "🤣", "👍"]);
});

test("the picker finds each emoji once, the used ones first, with all its names", () => {
  const found = book.find("t", 50, ["🌮"]);
  assert.equal(found[0].character, "🌮");
  assert.equal(found.length, 50);
  const thumbs = book.find("thumbs", 9);
  assert.deepEqual(
    thumbs.map(({ names }) => names),
    [
      ["+1", "thumbsup"],
      ["-1", "thumbsdown"],
    ],
  );
  assert.deepEqual(book.find("no_such_emoji", 9), []);
});

test("what the reader uses comes before what people use", () => {
  const found = book.search("ta", 8, ["🌮", "🚕"]).map(({ name }) => name);
  assert.deepEqual(found.slice(0, 3), ["taco", "taxi", "tada"]);
  assert.equal(book.search("tada", 8, ["🌮"])[0].name, "tada");
});
