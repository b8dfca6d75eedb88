const MOST = 180; // messages on the page; with a day between any two that is still under 400 rows
const STEP = 60;

/**
 * The part of a room's entries that is on the page. It follows the newest until the reader goes
 * elsewhere; then it stays around that place, whatever arrives.
 */
export class TimelineWindow {
  #lastKey = null; // null while it follows the newest

  /** @returns {{from: number, to: number}} indices into the entries, `to` exclusive */
  of(entries) {
    const last = this.#lastKey === null ? -1 : entries.findLastIndex(this.#isLast);
    const to = last < 0 ? entries.length : last + 1;
    return { from: Math.max(0, to - MOST), to };
  }

  /** Whether the newest is part of it. */
  reachesEnd(entries) {
    return this.of(entries).to === entries.length;
  }

  follow() {
    this.#lastKey = null;
  }

  /** Stays where it is, although more may come. */
  hold(entries) {
    this.#lastKey ??= entries.at(-1)?.key ?? null;
  }

  /** @returns {boolean} whether there was more to show */
  moveUp(entries) {
    const { from, to } = this.of(entries);
    if (from === 0) return false;
    this.#endAt(entries, Math.max(to - STEP, MOST));
    return true;
  }

  /** @returns {boolean} whether there was more to show */
  moveDown(entries) {
    const { to } = this.of(entries);
    if (to === entries.length) return false;
    this.#endAt(entries, Math.min(to + STEP, entries.length));
    return true;
  }

  /** Puts the entry of that key into the middle. */
  show(entries, key) {
    const index = entries.findIndex((entry) => entry.key === key);
    this.#endAt(entries, Math.min(entries.length, Math.max(index + MOST / 2, MOST)));
  }

  #endAt(entries, to) {
    this.#lastKey = entries[to - 1]?.key ?? null;
  }

  #isLast = ({ key }) => key === this.#lastKey;
}
