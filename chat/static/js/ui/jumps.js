import { plural } from "../lib/text.js";

/** The two pills over the timeline: down to the newest, and up to the first unread message. */
export class Jumps {
  #down;
  #downText;
  #up;
  #upText;
  #upDone = false;

  constructor({ document, toBottom, toNew }) {
    this.#down = document.querySelector("[data-jump]");
    this.#downText = document.querySelector("[data-jump-text]");
    this.#up = document.querySelector("[data-jump-new]");
    this.#upText = document.querySelector("[data-jump-new-text]");
    this.#down.addEventListener("click", toBottom);
    this.#up.addEventListener("click", () => {
      this.#upDone = true;
      toNew();
    });
  }

  /** Resets the pills: the reader has entered another room. */
  reset() {
    this.#upDone = false;
  }

  get isUpShown() {
    return !this.#up.hidden;
  }

  render({ atBottom, unread, newCount, moreNew, newLineSeen }) {
    this.#down.hidden = atBottom;
    this.#downText.textContent = unread > 0 ? news(unread) : "Latest";
    if (newLineSeen) this.#upDone = true;
    this.#up.hidden = this.#upDone || newCount === 0;
    this.#upText.textContent = moreNew ? `More than ${news(newCount)}` : news(newCount);
  }
}

const news = (count) => plural(count, "new message", "new messages");
