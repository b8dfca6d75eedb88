import assert from "node:assert/strict";
import test from "node:test";
import { bestMatches } from "../../../chat/static/js/lib/search.js";

const people = ["Ada Okafor", "Björn", "Diana Ada", "Madame"];
const names = (query) => bestMatches(people, query, (name) => name);

test("names that begin with the query come first, then those with a later word that does", () => {
  assert.deepEqual(names("ada"), ["Ada Okafor", "Diana Ada"]);
  assert.deepEqual(names("ada ok"), ["Ada Okafor"]);
  assert.deepEqual(names(" BJÖ"), ["Björn"]);
  assert.deepEqual(names("x"), []);
});

test("nothing written yet matches everything, in its order", () => {
  assert.deepEqual(names(""), people);
});

test("accents and apostrophes need not be typed", () => {
  const all = ["José", "Siobhan O’Brien", "Łukasz", "太郎"];
  const find = (query) => bestMatches(all, query, (name) => name);
  assert.deepEqual(find("jose"), ["José"]);
  assert.deepEqual(find("o'b"), ["Siobhan O’Brien"]);
  assert.deepEqual(find("brien"), ["Siobhan O’Brien"]);
  assert.deepEqual(find("太"), ["太郎"]);
});
