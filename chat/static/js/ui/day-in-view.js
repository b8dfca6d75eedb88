const PLACE_PX = 40; // height of the pill at the upper edge
const AT_REST_AFTER_MS = 2000;

/**
 * Shows the day of the uppermost message in view, while the separator of that day is out of view. It
 * fades when the reader stops scrolling, because it covers messages.
 */
export class DayInView {
  #log;
  #rows;
  #pill;
  #clock;
  #timer;

  constructor({ document, clock }) {
    this.#clock = clock;
    this.#log = document.querySelector("[data-timeline]");
    this.#rows = document.querySelector("[data-rows]");
    this.#pill = document.querySelector("[data-day-in-view]");
  }

  scrolled() {
    this.#pill.removeAttribute("data-at-rest");
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(
      () => this.#pill.setAttribute("data-at-rest", ""),
      AT_REST_AFTER_MS,
    );
  }

  /** @param {boolean} hidden whether another element is in its place */
  render({ hidden }) {
    const edge = this.#log.getBoundingClientRect().top;
    let above = null;
    let isInPlace = false;
    for (const day of this.#rows.querySelectorAll("[data-day]")) {
      const { top, bottom } = day.getBoundingClientRect();
      if (top < edge) above = day;
      if (bottom > edge && top < edge + PLACE_PX) isInPlace = true;
    }
    this.#pill.hidden = hidden || isInPlace || above === null;
    if (above) this.#pill.textContent = above.textContent.trim();
  }
}
