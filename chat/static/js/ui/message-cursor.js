const STEP_PX = 80;
const CONTROLS = "[data-text] :is(a, button), button[data-about-person]";

/**
 * Moves through the messages with the arrow keys. Tab reaches only the author and the links of the
 * focused message, because a timeline has hundreds of them.
 */
export class MessageCursor {
  #log;

  constructor({ log }) {
    this.#log = log;
    log.addEventListener("keydown", (event) => this.#pressed(event));
    log.addEventListener("focusin", ({ target }) => this.#focused(messageOf(target)));
  }

  #pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const current = messageOf(event.target);
    if (current && this.#goesOn(current, step)) this.#log.scrollBy(0, step * STEP_PX);
    else this.#focus(current ? neighbourOf(current, step) : this.#lastInView());
  }

  #focus(message) {
    if (!message) return;
    message.focus({ preventScroll: true });
    message.scrollIntoView({ block: "nearest" });
  }

  #focused(message) {
    for (const control of this.#log.querySelectorAll(CONTROLS)) {
      control.tabIndex = message?.contains(control) ? 0 : -1;
    }
  }

  /** Whether a long message continues out of view in that direction. */
  #goesOn(message, step) {
    const view = this.#log.getBoundingClientRect();
    const { top, bottom } = message.getBoundingClientRect();
    return step > 0 ? bottom > view.bottom + 1 : top < view.top - 1;
  }

  #lastInView() {
    const { bottom } = this.#log.getBoundingClientRect();
    const all = [...this.#log.querySelectorAll("[data-message]")];
    return all.findLast((message) => message.getBoundingClientRect().top < bottom);
  }
}

const messageOf = (element) => element.closest("[data-message]");

function neighbourOf(message, step) {
  let other = message;
  do other = step > 0 ? other.nextElementSibling : other.previousElementSibling;
  while (other && !other.matches("[data-message]"));
  return other;
}
