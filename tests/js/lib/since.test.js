import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Europe/Berlin"; // its clocks go back on 25 October 2026
const { herePhrase, lastHerePhrase, sincePhrase } = await import(
  "../../../chat/static/js/lib/since.js"
);

const now = new Date("2026-11-22T15:00:00+01:00");
const at = (time) => new Date(`${time}+01:00`);

test("somebody was last here at a time, or on a day if that is long ago", () => {
  assert.match(lastHerePhrase(at("2026-11-22T14:58:59"), now), /^Last here today, \d+:58/);
  assert.equal(lastHerePhrase(at("2026-11-22T14:59:01"), now), "Here a moment ago");
  assert.match(lastHerePhrase(at("2026-11-21T00:01"), now), /^Last here yesterday, \d+:01/);
  assert.equal(lastHerePhrase(at("2026-11-20T23:59"), now), "Last here November 20");
  assert.equal(lastHerePhrase(at("2025-12-24T18:00"), now), "Last here December 24, 2025");
});

test("a session was in use some minutes, hours or days ago", () => {
  assert.equal(herePhrase(at("2026-11-22T14:59:01"), now), "Here a moment ago");
  assert.equal(herePhrase(at("2026-11-22T14:59:00"), now), "Here 1 minute ago");
  assert.equal(herePhrase(at("2026-11-22T14:40:00"), now), "Here 20 minutes ago");
  assert.equal(herePhrase(at("2026-11-22T14:00:00"), now), "Here 1 hour ago");
  assert.equal(herePhrase(at("2026-11-21T15:00:01"), now), "Here 23 hours ago");
  assert.equal(herePhrase(at("2026-11-21T14:59:00"), now), "Here yesterday");
  assert.equal(herePhrase(at("2026-11-10T23:00:00"), now), "Here 12 days ago");
});

test("a session has lasted since a day", () => {
  assert.equal(sincePhrase(at("2026-11-22T00:00"), now), "Since today");
  assert.equal(sincePhrase(at("2026-11-21T23:59"), now), "Since yesterday");
  assert.equal(sincePhrase(at("2026-11-03T12:00"), now), "Since November 3");
});

test("days of 25 hours count as one", () => {
  const after = new Date("2026-10-26T08:00:00+01:00");
  assert.equal(sincePhrase(new Date("2026-10-25T00:30:00+02:00"), after), "Since yesterday");
  assert.equal(herePhrase(new Date("2026-10-24T07:00:00+02:00"), after), "Here 2 days ago");
});

test("a clock that is behind that of the server makes no one come from the future", () => {
  assert.equal(lastHerePhrase(at("2026-11-22T15:04:00"), now), "Here a moment ago");
  assert.equal(herePhrase(at("2026-11-23T15:04:00"), now), "Here a moment ago");
  assert.equal(sincePhrase(at("2026-11-23T00:04:00"), now), "Since today");
});
