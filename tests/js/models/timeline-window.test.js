import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TimelineWindow } from "../../../chat/static/js/models/timeline-window.js";

const entries = (count, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ key: `k${from + i}` }));

describe("the window on a long room", () => {
  it("follows the newest", () => {
    const window = new TimelineWindow();
    assert.deepEqual(window.of(entries(5000)), { from: 4820, to: 5000 });
    assert.deepEqual(window.of(entries(5001)), { from: 4821, to: 5001 });
  });

  it("shows all of a short room", () => {
    assert.deepEqual(new TimelineWindow().of(entries(3)), { from: 0, to: 3 });
  });

  it("stays where the reader is, whatever arrives", () => {
    const window = new TimelineWindow();
    window.hold(entries(500));
    assert.deepEqual(window.of(entries(700)), { from: 320, to: 500 });
    assert.equal(window.reachesEnd(entries(700)), false);
  });

  it("stays where the reader is when older messages come in above", () => {
    const window = new TimelineWindow();
    window.hold(entries(500, 50));
    assert.deepEqual(window.of(entries(550)), { from: 370, to: 550 });
  });

  it("moves up to the first message and no further", () => {
    const window = new TimelineWindow();
    const all = entries(400);
    while (window.moveUp(all));
    assert.deepEqual(window.of(all), { from: 0, to: 180 });
  });

  it("moves down to the newest and no further", () => {
    const window = new TimelineWindow();
    const all = entries(400);
    while (window.moveUp(all));
    while (window.moveDown(all));
    assert.equal(window.reachesEnd(all), true);
  });

  it("puts a message into its middle", () => {
    const window = new TimelineWindow();
    window.show(entries(1000), "k500");
    assert.deepEqual(window.of(entries(1000)), { from: 410, to: 590 });
  });

  it("goes on at the end when the message it stood at was discarded", () => {
    const window = new TimelineWindow();
    window.hold([...entries(10), { key: "discarded" }]);
    assert.equal(window.reachesEnd(entries(10)), true);
  });
});
