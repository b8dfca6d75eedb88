import { dayOf } from "./days.js";

const GROUP_WITHIN_MS = 5 * 60 * 1000;

/**
 * The items of the timeline for a room's entries, top to bottom: the beginning, day separators, the
 * "new" line and the messages. Each has a key that stays the same from one layout to the next.
 *
 * @param {{key: string, message: object}[]} entries sorted, pending ones last
 * @param {{complete: boolean, newFrom: string | null, from?: number, to?: number}} view
 *   `complete`: nothing older exists; `newFrom`: the key of the first entry below the "new" line;
 *   `from`, `to`: the part of the entries that is shown
 */
export function layout(entries, { complete, newFrom, from = 0, to = entries.length }) {
  const items = [];
  if (complete && from === 0) {
    items.push({ kind: "beginning", key: "beginning", empty: entries.length === 0 });
  }
  let above = from > 0 ? rowOf(entries[from - 1], null) : null;
  for (const entry of entries.slice(from, to)) {
    const row = rowOf(entry, above);
    if (row.day !== above?.day) items.push({ kind: "day", key: `day ${row.day}`, day: row.day });
    if (entry.key === newFrom) items.push({ kind: "new", key: "new" });
    row.continued = entry.key !== newFrom && belongsToGroup(row, above);
    items.push(row);
    above = row;
  }
  return items;
}

function rowOf(entry, above) {
  const sentAt = timeBelow(entry, above);
  return { kind: "message", key: entry.key, entry, sentAt, day: dayOf(sentAt), continued: false };
}

/** The time of a pending message is from this computer's clock, which may be behind the server's. */
function timeBelow(entry, above) {
  const sentAt = new Date(entry.message.sent_at);
  return entry.pending && above && sentAt < above.sentAt ? above.sentAt : sentAt;
}

function belongsToGroup(row, above) {
  return (
    above !== null &&
    above.day === row.day &&
    above.entry.message.user.id === row.entry.message.user.id &&
    row.sentAt - above.sentAt <= GROUP_WITHIN_MS
  );
}
