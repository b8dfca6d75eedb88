import assert from "node:assert/strict";
import test from "node:test";
import { AVATAR_COLOURS, colourOf, initials } from "../../../chat/static/js/lib/avatars.js";

test("initials are the first letters of the first and the last word", () => {
  assert.equal(initials("Ada King Lovelace"), "AL");
  assert.equal(initials("linus"), "L");
  assert.equal(initials("jane.doe"), "JD");
});

test("a wide character is the only initial", () => {
  assert.equal(initials("👩‍🚀 Sally"), "👩‍🚀");
  assert.equal(initials("Sally 👩‍🚀"), "S");
  assert.equal(initials("山田 太郎"), "山");
  assert.equal(initials("प्रिया राघवन"), "प्रि");
  assert.equal(initials("Катерина Панчук"), "КП");
  assert.equal(initials("agent 7"), "A7");
});

test("an initial is a capital, but of Georgian the letter as it is in names", () => {
  assert.equal(initials("linus"), "L");
  assert.equal(initials("гиорги"), "Г");
  assert.equal(initials("გიორგი"), "გ");
});

test("a name without letters still has an initial", () => {
  assert.equal(initials("..."), "?");
});

test("a colour is stable and within the palette", () => {
  assert.equal(colourOf("7f3ac21e"), colourOf("7f3ac21e"));
  const colours = new Set(Array.from({ length: 200 }, (_, n) => colourOf(`user-${n}`)));
  assert.equal(colours.size, AVATAR_COLOURS);
  assert.ok([...colours].every((colour) => colour >= 0 && colour < AVATAR_COLOURS));
});
