import assert from "node:assert/strict";
import test from "node:test";
import { isMentioned } from "../../../chat/static/js/lib/mentions.js";

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

test("names have spaces, accents and characters that mean something elsewhere", () => {
  assert.ok(isMentioned("Ada Okafor", "ask @Ada Okafor!"));
  assert.ok(!isMentioned("Ada Okafor", "ask @Ada"));
  assert.ok(isMentioned("Zoë", "@Zoe\u0308"));
  assert.ok(isMentioned("R.(x)", "@r.(x)"));
  assert.ok(!isMentioned("R.x", "@Rax"));
  assert.ok(isMentioned("ليلى", "مرحبا @ليلى"));
});
