import { TONES, withTone } from "../lib/skin-tones.js";
import { build } from "./build.js";

const HAND = "✋";

/** The button that shows the reader's skin tone, and opens the choice of tones. */
export class SkinToneChoice {
  #button;
  #choices;
  #use;
  #onChange;

  /** @param {{button, choices, use: EmojiUse, onChange: () => void}} options */
  constructor({ button, choices, use, onChange }) {
    this.#button = button;
    this.#choices = choices;
    this.#use = use;
    this.#onChange = onChange;
    choices.replaceChildren(...TONES.map(([tone, name]) => this.#choice(tone, name)));
    button.addEventListener("click", () => this.#show(choices.hidden));
  }

  /** Hides the tones. @returns {boolean} whether they were shown */
  close() {
    if (this.#choices.hidden) return false;
    const hadFocus = this.#choices.contains(document.activeElement);
    this.#show(false);
    if (hadFocus) this.#button.focus();
    return true;
  }

  /** Shows the current tone, which may have been changed in another tab or on another device. */
  render() {
    const { tone } = this.#use;
    this.#button.textContent = withTone(HAND, tone);
    for (const choice of this.#choices.children) {
      choice.setAttribute("aria-pressed", String(choice.value === tone));
    }
  }

  #choice(tone, name) {
    const choice = build("button", "emoji-cell", withTone(HAND, tone));
    choice.type = "button";
    choice.value = tone;
    choice.title = name;
    choice.setAttribute("aria-label", name);
    choice.addEventListener("click", () => this.#chosen(tone));
    return choice;
  }

  #chosen(tone) {
    this.#use.chooseTone(tone);
    this.render();
    this.close();
    this.#onChange();
  }

  #show(shown) {
    this.#choices.hidden = !shown;
    this.#button.setAttribute("aria-expanded", String(shown));
    if (shown) this.#choices.querySelector('[aria-pressed="true"]')?.focus();
  }
}
