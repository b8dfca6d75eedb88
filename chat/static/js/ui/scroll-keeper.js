const NEAR_BOTTOM_PX = 100;

/**
 * Keeps the reader's place when rows are added or the size changes: at the bottom if the reader is
 * there, otherwise at the same message.
 *
 * @typedef {{key: string, offset: number}} Place a row, and how far its text is from the upper edge
 */
export class ScrollKeeper {
  #viewport;
  #rows;
  #rowOf;
  #pinned = true;
  #place = null;
  #top = 0;

  /** @param {{onPinned: () => void}} options `onPinned`: the reader is at the bottom because the view grew */
  constructor({ viewport, content, rows, rowOf, onPinned }) {
    this.#viewport = viewport;
    this.#rows = rows;
    this.#rowOf = rowOf;
    viewport.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const observer = new ResizeObserver(() => {
      const wasPinned = this.#pinned;
      this.restore(this.place);
      if (this.#pinned && !wasPinned) onPinned(); // there is no "scroll" event in this case
    });
    observer.observe(viewport);
    observer.observe(content);
  }

  get pinned() {
    return this.#pinned;
  }

  /** The reader's place; null at the bottom. */
  get place() {
    return this.#pinned ? null : this.#place;
  }

  restore(place) {
    const row = place && this.#rowOf(place.key);
    if (!row) return this.toBottom();
    this.#pinned = false;
    this.#place = place;
    const drift = this.#offsetOf(row) - place.offset;
    if (drift !== 0) this.#viewport.scrollTop += drift;
    this.#top = this.#viewport.scrollTop;
    if (this.below <= NEAR_BOTTOM_PX) this.#pinned = true; // the view grew down to the bottom
  }

  /** Stays at the message in view, also at the bottom. */
  hold() {
    this.#pinned = false;
    this.#place = this.#findPlace();
  }

  /** The height of the rows above the view, and below it, in pixels. */
  get above() {
    return this.#viewport.scrollTop;
  }

  get below() {
    const { scrollTop, scrollHeight, clientHeight } = this.#viewport;
    return scrollHeight - clientHeight - scrollTop;
  }

  toBottom() {
    this.#pinned = true;
    this.#viewport.scrollTop = this.#viewport.scrollHeight;
    this.#top = this.#viewport.scrollTop;
  }

  /** Only scrolling up releases the bottom, because only the reader scrolls up; changes of size don't. */
  #scrolled() {
    const scrolledUp = this.#viewport.scrollTop < this.#top;
    this.#top = this.#viewport.scrollTop;
    this.#pinned = this.below <= NEAR_BOTTOM_PX || (this.#pinned && !scrolledUp);
    if (!this.#pinned) this.#place = this.#findPlace();
  }

  /** The first message in view; not a separator, which may move when older messages are added above. */
  #findPlace() {
    const first = this.#firstInView();
    let row = first;
    while (row && !row.matches("[data-message]")) row = row.nextElementSibling;
    row ??= first;
    return row && { key: row.dataset.key, offset: this.#offsetOf(row) };
  }

  #firstInView() {
    const top = this.#viewport.getBoundingClientRect().top;
    const rows = this.#rows.children;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().bottom > top) high = middle;
      else low = middle + 1;
    }
    return rows[low] ?? null;
  }

  /** The offset of the text, not of the row: a row loses its header if it continues a new group above. */
  #offsetOf(row) {
    const part = row.querySelector("[data-text]") ?? row;
    return part.getBoundingClientRect().top - this.#viewport.getBoundingClientRect().top;
  }
}
