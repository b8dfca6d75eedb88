import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Europe/Berlin"; // its clocks go back on 25 October 2026
const { dayLabel, dayOf, untilMidnight } = await import("../../../chat/static/js/lib/days.js");

test("a day ends at local midnight, not at midnight UTC", () => {
  assert.equal(dayOf(new Date("2026-11-22T22:59:59Z")), "2026-11-22");
  assert.equal(dayOf(new Date("2026-11-22T23:00:00Z")), "2026-11-23");
});

test("yesterday is yesterday across a clock change of 25 hours", () => {
  const now = new Date("2026-10-25T23:30:00+01:00");
  assert.equal(dayLabel("2026-10-25", now), "Today");
  assert.equal(dayLabel("2026-10-24", now), "Yesterday");
});

test("older days have their name, and the year only where it differs", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  assert.equal(dayLabel("2026-11-02", now), "Monday, November 2");
  assert.equal(dayLabel("2025-11-02", now), "Sunday, November 2, 2025");
});

test("midnight comes after 25 hours when the clock is set back, and after 24 else", () => {
  assert.equal(untilMidnight(new Date(2026, 9, 25)), 25 * 3_600_000);
  assert.equal(untilMidnight(new Date(2026, 10, 22, 23, 59)), 60_000);
});
