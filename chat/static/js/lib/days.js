const SHORT = { hour: "numeric", minute: "2-digit" };
const DAY = { weekday: "long", day: "numeric", month: "long" };

const formats = {
  time: new Intl.DateTimeFormat(undefined, SHORT),
  full: new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" }),
  day: new Intl.DateTimeFormat("en", DAY),
  dayWithYear: new Intl.DateTimeFormat("en", { ...DAY, year: "numeric" }),
};

export const shortTime = (date) => formats.time.format(date);
export const fullTime = (date) => formats.full.format(date);

/** The local calendar day as "2026-11-22"; correct for days of 23 or 25 hours, too. */
export function dayOf(date) {
  const month = String(date.getMonth() + 1).padStart(2, "0");
  const day = String(date.getDate()).padStart(2, "0");
  return `${date.getFullYear()}-${month}-${day}`;
}

export function dayLabel(day, now) {
  if (day === dayOf(now)) return "Today";
  if (day === dayOf(daysBefore(now, 1))) return "Yesterday";
  const date = new Date(`${day}T12:00`);
  const format = date.getFullYear() === now.getFullYear() ? formats.day : formats.dayWithYear;
  return format.format(date);
}

/** Milliseconds until the day ends. */
export const untilMidnight = (now) => daysBefore(now, -1) - now;

function daysBefore(date, count) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - count);
}
