import { dayOf, shortTime } from "./days.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const DAY = { day: "numeric", month: "long" };
const day = new Intl.DateTimeFormat("en", DAY);
const dayWithYear = new Intl.DateTimeFormat("en", { ...DAY, year: "numeric" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** Since when a session has lasted, such as "Since November 3". @param {Date} at */
export const sincePhrase = (at, now) => `Since ${dayWords(at, now)}`;

/** When somebody was last here, such as "Last here yesterday, 14:20". @param {Date} at */
export function lastHerePhrase(at, now) {
  if (now - at < MINUTE_MS) return "Here a moment ago";
  const days = daysBetween(at, now);
  const words = dayWords(at, now);
  return days < 2 ? `Last here ${words}, ${shortTime(at)}` : `Last here ${words}`;
}

/** How long ago a session was in use, such as "Here 20 minutes ago". @param {Date} at */
export function herePhrase(at, now) {
  const ms = now - at;
  if (ms < MINUTE_MS) return "Here a moment ago";
  if (ms < HOUR_MS) return `Here ${ago.format(-Math.floor(ms / MINUTE_MS), "minute")}`;
  if (ms < DAY_MS) return `Here ${ago.format(-Math.floor(ms / HOUR_MS), "hour")}`;
  return `Here ${ago.format(-daysBetween(at, now), "day")}`;
}

function dayWords(at, now) {
  const days = daysBetween(at, now);
  if (days < 2) return ago.format(-days, "day");
  return (at.getFullYear() === now.getFullYear() ? day : dayWithYear).format(at);
}

/** Calendar days, which may have 23 or 25 hours. */
const daysBetween = (at, now) => Math.max(0, Math.round((noonOf(now) - noonOf(at)) / DAY_MS));
const noonOf = (date) => new Date(`${dayOf(date)}T12:00`);
