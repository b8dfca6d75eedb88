const PLACE_PX = 40; // what the pill takes at the upper edge

/** Says of which day the uppermost message in view is, while the line of that day is out of view. */
export class DayInView {
  #log;
  #rows;
  #pill;

  constructor({ document }) {
    this.#log = document.querySelector("[data-timeline]");
    this.#rows = document.querySelector("[data-rows]");
    this.#pill = document.querySelector("[data-day-in-view]");
  }

  /** @param {boolean} hidden something else is in its place */
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
