const MOST = 180; // messages on the page; with a day between any two that is still under 400 rows
const STEP = 60;

/**
 * The range of a room's entries that is on the page. It follows the newest entry until the reader
 * scrolls away; then it stays around that place while new messages arrive.
 */
export class TimelineWindow {
  #lastKey = null; // the last entry of the range; null while it follows the newest

  /** @returns {{from: number, to: number}} indices into the entries, `to` exclusive */
  of(entries) {
    const last = this.#lastKey === null ? -1 : entries.findLastIndex(this.#isLast);
    const to = last < 0 ? entries.length : last + 1;
    return { from: Math.max(0, to - MOST), to };
  }

  /** Whether the newest entry is in the range. */
  reachesEnd(entries) {
    return this.of(entries).to === entries.length;
  }

  follow() {
    this.#lastKey = null;
  }

  /** Stops following the newest entry. */
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

  /** Moves the range so that the entry of that key is in its middle. */
  show(entries, key) {
    const index = entries.findIndex((entry) => entry.key === key);
    this.#endAt(entries, Math.min(entries.length, Math.max(index + MOST / 2, MOST)));
  }

  #endAt(entries, to) {
    this.#lastKey = entries[to - 1]?.key ?? null;
  }

  #isLast = ({ key }) => key === this.#lastKey;
}
