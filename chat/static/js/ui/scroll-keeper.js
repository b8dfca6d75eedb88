const NEAR_BOTTOM_PX = 100;

/** Keeps the reader's place: at the bottom if that is where the reader is, else at the same row. */
export class ScrollKeeper {
  #viewport;
  #rows;
  #pinned = true;

  constructor({ viewport, content, rows }) {
    this.#viewport = viewport;
    this.#rows = rows;
    viewport.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const observer = new ResizeObserver(() => this.#pinned && this.toBottom());
    observer.observe(viewport);
    observer.observe(content);
  }

  get pinned() {
    return this.#pinned;
  }

  /** Where the reader is now; null at the bottom. */
  get place() {
    if (this.#pinned) return null;
    const top = this.#viewport.getBoundingClientRect().top;
    for (const row of this.#rows.children) {
      const { top: rowTop, bottom } = row.getBoundingClientRect();
      if (bottom > top && row.dataset.key) return { key: row.dataset.key, offset: rowTop - top };
    }
    return null;
  }

  restore(place) {
    const row = place && this.#rowOf(place.key);
    if (!row) return this.toBottom();
    this.#pinned = false;
    const top = this.#viewport.getBoundingClientRect().top;
    this.#viewport.scrollTop += row.getBoundingClientRect().top - top - place.offset;
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
  }

  #scrolled() {
    this.#pinned = this.below <= NEAR_BOTTOM_PX;
  }

  #rowOf(key) {
    return [...this.#rows.children].find((row) => row.dataset.key === key);
  }
}
