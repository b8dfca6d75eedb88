import assert from "node:assert/strict";
import test from "node:test";
import { findMentions, isMentioned } from "../../../chat/static/js/lib/mentions.js";

test("a name after an @ is a mention, in any case", () => {
  for (const text of ["@Ann", "hi @ann, lunch?", "(@ANN)", "a\n@Ann's"]) {
    assert.ok(isMentioned("Ann", text), text);
  }
});

test("a part of a word is none, and neither is the name alone", () => {
  for (const text of ["Ann", "@Anna", "@Ann_2", "x@Ann.example", "@ Ann", "@@Ann"]) {
    assert.ok(!isMentioned("Ann", text), text);
  }
});

test("a name is no mention where it may be the beginning of one that isn't known", () => {
  for (const text of ["@Ann-Marie is off", "@Ann\u2011Sophie", "@Ann-7"]) {
    assert.ok(!isMentioned("Ann", text), text);
  }
  for (const text of ["@Ann - and Ben", "@Ann-", "@Ann--", "@Ann's", "@Ann/Ben"]) {
    assert.ok(isMentioned("Ann", text), text);
  }
});

test("names have spaces, accents and characters that mean something elsewhere", () => {
  assert.ok(isMentioned("Ada Okafor", "ask @Ada Okafor!"));
  assert.ok(!isMentioned("Ada Okafor", "ask @Ada"));
  assert.ok(isMentioned("Zoë", "@Zoe\u0308"));
  assert.ok(isMentioned("R.(x)", "@r.(x)"));
  assert.ok(!isMentioned("R.x", "@Rax"));
  assert.ok(isMentioned("ليلى", "مرحبا @ليلى"));
});

const others =
  (...names) =>
  () =>
    names;

test("names with hyphens, apostrophes and the syntax of regular expressions", () => {
  for (const name of ["Anne-Marie", "Al-Farabi", "O’Brien", "a]b", "x\\\\y", "C++", "$1", "(?=)"]) {
    assert.ok(isMentioned(name, `hi @${name}, lunch?`), name);
  }
  assert.ok(isMentioned("O’Brien", "@O'Brien"));
  assert.ok(isMentioned("Al\u2010Farabi", "@al-farabi"));
  assert.ok(isMentioned("علی\u200cرضا", "@علیرضا"));
});

test("where words have no spaces a name begins and ends beside letters", () => {
  for (const text of ["@太郎さん", "こんにちは@太郎", "＠太郎", "（@太郎）", "@太郎、お昼は？"]) {
    assert.ok(isMentioned("太郎", text), text);
  }
  assert.ok(isMentioned("김서연", "@김서연님"));
  assert.ok(isMentioned("Ann", "こんにちは@Annさん"));
  assert.ok(!isMentioned("太郎", "x@太郎"));
});

test("the longest known name is meant", () => {
  assert.ok(!isMentioned("Ann", "@Ann Marie, hi", others("Ann Marie")));
  assert.ok(isMentioned("Ann", "@Ann Marie, hi"));
  assert.ok(isMentioned("Ann", "@Ann Marie and @ann", others("Ann Marie")));
  assert.ok(!isMentioned("太郎", "@太郎丸です", others("太郎丸")));
});

test("code and addresses mention nobody", () => {
  for (const text of ["`@Ann`", "```\n@Ann\n```", "https://a.example/@Ann", "a `x` b ``@Ann``"]) {
    assert.ok(!isMentioned("Ann", text), text);
  }
  assert.ok(isMentioned("Ann", "`x` @Ann `y`"));
});

test("the places are those of the text as it was typed", () => {
  const text = "ﬁ 👩‍👩‍👧 @Zoe\u0308! ＠ZOË";
  const found = findMentions("Zoë", text).map(({ from, to }) => text.slice(from, to));
  assert.deepEqual(found, ["@Zoe\u0308", "＠ZOË"]);
});

test("a text full of signs takes no time, nor do many names", () => {
  const names = Array.from({ length: 200 }, (_, index) => `Name ${index}`);
  assert.deepEqual(findMentions("Name 1000", "@".repeat(50_000), others(...names)), []);
});

test("other names are looked at only where they could be meant", () => {
  const unasked = () => assert.fail("asked for them");
  for (const text of ["@x and @Annabel", "x@Ann", "`@Ann`"]) {
    assert.ok(!isMentioned("Ann", text, unasked), text);
  }
});
