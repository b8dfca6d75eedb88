import assert from "node:assert/strict";
import test from "node:test";
import { nextFrame } from "../../../chat/static/js/lib/frames.js";

/** The browser's timers, which run when the test says so. */
function browser(t) {
  const due = { frame: () => {}, timer: () => {} };
  t.mock.method(globalThis, "setTimeout", (task) => {
    due.timer = task;
  });
  globalThis.requestAnimationFrame = (task) => {
    due.frame = task;
  };
  t.after(() => delete globalThis.requestAnimationFrame);
  return due;
}

test("the task runs in the next frame, once", (t) => {
  const due = browser(t);
  let runs = 0;
  nextFrame(() => runs++);
  due.frame();
  due.timer();
  assert.equal(runs, 1);
});

test("a hidden page has no frames, and the task runs nevertheless", (t) => {
  const due = browser(t);
  let runs = 0;
  nextFrame(() => runs++);
  due.timer();
  due.frame(); // the page is shown again
  assert.equal(runs, 1);
});
