import assert from "node:assert/strict";
import test from "node:test";
import { bestMatches } from "../../../chat/static/js/lib/search.js";

const people = ["Ada Okafor", "Björn", "Diana Ada", "Madame"];
const names = (query) => bestMatches(people, query, (name) => name);

test("who begins so comes first, then those with a later word that does", () => {
  assert.deepEqual(names("ada"), ["Ada Okafor", "Diana Ada"]);
  assert.deepEqual(names("ada ok"), ["Ada Okafor"]);
  assert.deepEqual(names(" BJÖ"), ["Björn"]);
  assert.deepEqual(names("x"), []);
});

test("nothing written yet matches everything, in its order", () => {
  assert.deepEqual(names(""), people);
});
