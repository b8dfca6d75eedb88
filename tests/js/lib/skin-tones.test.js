import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { TONES, toneOf, withTone, wordOf } from "../../../chat/static/js/lib/skin-tones.js";
import { EmojiBook } from "../../../chat/static/js/models/emoji-book.js";

const book = new EmojiBook(readFileSync("chat/static/vendor/emoji.txt", "utf8"));
const known = JSON.parse(readFileSync("node_modules/emojibase-data/en/compact.json", "utf8"));
const plain = (emoji) => emoji.replaceAll("\uFE0F", "");

test("each emoji with skin gets each tone as Unicode has it, and no other one changes", () => {
  const skinsOf = new Map(
    known.map(({ unicode, skins = [] }) => [
      plain(unicode),
      skins.map((skin) => plain(skin.unicode)),
    ]),
  );
  const all = book.groups.flatMap(({ emoji }) => emoji.map(({ character }) => character));
  for (const character of all) {
    const skins = skinsOf.get(plain(character));
    for (const [tone] of TONES.slice(1)) {
      const toned = withTone(character, tone);
      if (toned !== character) assert.ok(skins.includes(plain(toned)), `${character} ${toned}`);
      else assert.deepEqual(skins, [], character);
    }
  }
});

test("each tone has a word, and a word of a later version has no tone", () => {
  for (const [tone] of TONES) assert.equal(toneOf(wordOf(tone)), tone);
  assert.equal(toneOf("purple"), undefined);
});

test("without a tone an emoji stays as it is", () => {
  assert.equal(withTone("👋", ""), "👋");
  assert.equal(withTone("☝️", ""), "☝️");
  assert.equal(withTone("☝️", "🏽"), "☝🏽");
});
