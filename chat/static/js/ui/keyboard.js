import { isCommand } from "../lib/keys.js";

const REGIONS = [
  "[data-composer-text]",
  "[data-timeline]",
  "[data-people]",
  "[data-room-link][aria-current]",
];
const PAGE = 0.9; // of the height in view, so that at least one line stays in view

/** Keys that move the focus to the message box, and from one region of the page to the next. */
export class Keyboard {
  #document;
  #composer;
  #log;

  constructor({ document, composer, log }) {
    this.#document = document;
    this.#composer = composer;
    this.#log = log;
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #pressed(event) {
    const { key, target } = event;
    if (event.defaultPrevented || isInDialog(target)) return;
    if (key === "F6") return this.#toNextRegion(event);
    if (target.matches("[data-composer-text]")) return this.#pressedInComposer(event);
    if (isField(target)) return;
    if (key === "Escape" || isTyping(event) || isPasting(event)) this.#composer.focus();
  }

  /** Page Up and Page Down scroll the messages, unless the text in the box is higher than the box. */
  #pressedInComposer(event) {
    const { key, target } = event;
    const step = { PageUp: -1, PageDown: 1 }[key];
    if (!step || hasModifier(event) || target.scrollHeight > target.clientHeight) return;
    event.preventDefault();
    this.#log.scrollBy(0, step * PAGE * this.#log.clientHeight);
  }

  #toNextRegion(event) {
    event.preventDefault();
    const regions = REGIONS.map((selector) => this.#document.querySelector(selector)).filter(
      isShown,
    );
    const at = regions.findIndex((region) => region.contains(this.#document.activeElement));
    const step = event.shiftKey ? -1 : 1;
    regions[(Math.max(at, 0) + step + regions.length) % regions.length].focus();
  }
}

const isShown = (element) => element?.checkVisibility({ visibilityProperty: true });
const isField = (element) => element.matches("input, textarea, select, [contenteditable]");
const isInDialog = (element) => element.closest("dialog, [popover]") !== null;
const hasModifier = ({ altKey, ctrlKey, metaKey }) => altKey || ctrlKey || metaKey;

/** Whether a key types a character (also in an input method); buttons and links keep the space bar. */
function isTyping(event) {
  if (hasModifier(event)) return false;
  if (event.key === " ") return false;
  return [...event.key].length === 1 || event.key === "Process";
}

const isPasting = (event) => isCommand(event) && event.key.toLowerCase() === "v";
