import assert from "node:assert/strict";
import test from "node:test";
import { EmojiUse } from "../../../chat/static/js/models/emoji-use.js";
import { memoryStorage } from "../doubles.js";

test("what is picked often comes first, and what was once picked often fades", () => {
  const use = new EmojiUse({ storage: memoryStorage(), userId: "u1" });
  assert.deepEqual(use.favourites, []);
  for (const character of ["🎉", "👍", "👍"]) use.picked(character);
  assert.deepEqual(use.favourites, ["👍", "🎉"]);
  for (let count = 0; count < 3; count += 1) use.picked("🚀");
  assert.equal(use.favourites[0], "🚀");
});

test("only so many are kept, and the newest is among them", () => {
  const use = new EmojiUse({ storage: memoryStorage(), userId: "u1" });
  for (let count = 0; count < 100; count += 1) use.picked(String.fromCodePoint(0x1f400 + count));
  assert.equal(use.favourites.length, 40);
  assert.equal(use.favourites[0], String.fromCodePoint(0x1f400 + 99));
});

test("a skin tone is kept in this browser, beside what is picked", () => {
  const storage = memoryStorage();
  const chosen = [];
  const onTone = (tone) => chosen.push(tone);
  const use = new EmojiUse({ storage, userId: "u1", onTone });
  assert.equal(use.tone, "");
  use.chooseTone("🏽");
  assert.deepEqual(chosen, ["🏽"]);
  use.picked("👋");
  assert.equal(new EmojiUse({ storage, userId: "u1" }).tone, "🏽");
  assert.equal(new EmojiUse({ storage, userId: "u2" }).tone, "");
  assert.deepEqual(use.favourites, ["👋"]);
});
