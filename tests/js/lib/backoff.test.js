import assert from "node:assert/strict";
import test from "node:test";
import { backoff } from "../../../chat/static/js/lib/backoff.js";

const longest = (attempt) => backoff(attempt, { random: () => 1 });

test("the wait doubles and is capped", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 50].map(longest), [1000, 2000, 4000, 8000, 15_000, 15_000]);
});

test("the wait is spread over the upper half", () => {
  assert.equal(backoff(2, { random: () => 0 }), 2000);
});
