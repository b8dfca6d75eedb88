const NEAR_BOTTOM_PX = 100;

/**
 * Keeps the reader's place: at the bottom if that is where the reader is, else at the same message,
 * whatever is put above or below it and however its width and height change.
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

  /** @param {{onPinned: () => void}} options `onPinned`: what grew has brought the reader to the bottom */
  constructor({ viewport, content, rows, rowOf, onPinned }) {
    this.#viewport = viewport;
    this.#rows = rows;
    this.#rowOf = rowOf;
    viewport.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const observer = new ResizeObserver(() => {
      const wasPinned = this.#pinned;
      this.restore(this.place);
      if (this.#pinned && !wasPinned) onPinned(); // nothing has scrolled that would tell
    });
    observer.observe(viewport);
    observer.observe(content);
  }

  get pinned() {
    return this.#pinned;
  }

  /** Where the reader is; null at the bottom. */
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
    if (this.below <= NEAR_BOTTOM_PX) this.#pinned = true; // the view grew: nothing moves yet
  }

  /** Stays with what is in view now, also at the bottom. */
  hold() {
    this.#pinned = false;
    this.#place = this.#findPlace();
  }

  /** How far the rows go on above and below what is in view, in pixels. */
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

  /** Only the reader scrolls up. When the page grows or shrinks meanwhile, the bottom stays pinned. */
  #scrolled() {
    const scrolledUp = this.#viewport.scrollTop < this.#top;
    this.#top = this.#viewport.scrollTop;
    this.#pinned = this.below <= NEAR_BOTTOM_PX || (this.#pinned && !scrolledUp);
    if (!this.#pinned) this.#place = this.#findPlace();
  }

  /** The first message in view: separators go elsewhere when older messages come in above. */
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

  /** Its text, not its row: with an older message of the same author above, the row loses its head. */
  #offsetOf(row) {
    const part = row.querySelector("[data-text]") ?? row;
    return part.getBoundingClientRect().top - this.#viewport.getBoundingClientRect().top;
  }
}
