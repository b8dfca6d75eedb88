import assert from "node:assert/strict";
import test from "node:test";
import { Highlighter } from "../../../chat/static/js/models/highlighter.js";
import { FakeClock } from "../doubles.js";

/** A highlighter whose workers answer when they are told to. */
function setUp() {
  const clock = new FakeClock();
  const workers = [];
  const done = [];
  const highlighter = new Highlighter({ clock, makeWorker });
  const highlight = (code) => highlighter.highlight("python", code, (pieces) => done.push(pieces));
  return { clock, workers, done, highlighter, highlight };

  function makeWorker() {
    const worker = {
      asked: [],
      ended: false,
      postMessage: ({ code }) => worker.asked.push(code),
      terminate: () => {
        worker.ended = true;
      },
      answer: (data) => worker.onmessage({ data }),
      fail: () => worker.onerror({ preventDefault() {} }),
    };
    workers.push(worker);
    return worker;
  }
}

test("there is no worker before there is code, and one for all code", () => {
  const { workers, done, highlight } = setUp();
  assert.equal(workers.length, 0);
  highlight("a");
  highlight("b");
  assert.deepEqual(workers[0].asked, ["a"]);
  workers[0].answer({ state: "begun" });
  workers[0].answer({ state: "done", pieces: ["A"] });
  assert.deepEqual(workers[0].asked, ["a", "b"]);
  workers[0].answer({ state: "begun" });
  workers[0].answer({ state: "done", pieces: ["B"] });
  assert.deepEqual(done, [["A"], ["B"]]);
  assert.equal(workers.length, 1);
});

test("code that takes too long is given up, and what comes next has a new worker", () => {
  const { clock, workers, done, highlight } = setUp();
  highlight("hard");
  highlight("easy");
  workers[0].answer({ state: "begun" });
  clock.advance(2000);
  assert.ok(workers[0].ended);
  assert.deepEqual(workers[1].asked, ["easy"]);
  workers[1].answer({ state: "begun" });
  workers[1].answer({ state: "done", pieces: ["E"] });
  clock.advance(2000);
  assert.ok(!workers[1].ended);
  assert.deepEqual(done, [["E"]]);
});

test("code that took too long is never tried again", () => {
  const { clock, workers, highlight } = setUp();
  highlight("hard");
  workers[0].answer({ state: "begun" });
  clock.advance(2000);
  highlight("hard");
  highlight("easy");
  assert.deepEqual(workers[1].asked, ["easy"]);
});

test("the time in which a language is loaded doesn't count", () => {
  const { clock, workers, done, highlight } = setUp();
  highlight("a");
  clock.advance(60_000);
  workers[0].answer({ state: "begun" });
  workers[0].answer({ state: "done", pieces: ["A"] });
  assert.deepEqual(done, [["A"]]);
});

test("code whose language could not be loaded is tried again on retry", () => {
  const { workers, done, highlighter, highlight } = setUp();
  highlight("a");
  highlight("b");
  workers[0].fail();
  workers[1].answer({ state: "unavailable" });
  assert.deepEqual([workers[0].asked, workers[1].asked], [["a"], ["b"]]);
  highlighter.retry();
  for (const pieces of [["A"], ["B"]]) {
    workers[1].answer({ state: "begun" });
    workers[1].answer({ state: "done", pieces });
  }
  assert.deepEqual(done, [["A"], ["B"]]);
});

test("if too much code waits, the oldest that waits stays plain", () => {
  const { workers, highlight } = setUp();
  for (let number = 0; number <= 101; number += 1) highlight(`${number}`);
  for (let number = 0; number <= 100; number += 1) {
    workers[0].answer({ state: "begun" });
    workers[0].answer({ state: "done", pieces: [] });
  }
  assert.equal(workers[0].asked.length, 101);
  assert.deepEqual(workers[0].asked.slice(0, 3), ["0", "2", "3"]);
  assert.equal(workers[0].asked.at(-1), "101");
});
