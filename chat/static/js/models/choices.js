import { toneOf, wordOf } from "../lib/skin-tones.js";

/**
 * What the reader has chosen for all devices: the skin tone of emoji, and a theme for the browsers where
 * none was chosen. What the server doesn't know yet is kept until it does.
 */
export class Choices {
  #storage;
  #key;
  #emojiUse;
  #followTheme;

  constructor({ storage, userId, emojiUse, followTheme }) {
    this.#storage = storage;
    this.#key = `untold ${userId}`;
    this.#emojiUse = emojiUse;
    this.#followTheme = followTheme;
  }

  /** What was chosen here and the server doesn't know, such as `{theme: "dark"}`; null if nothing. */
  get untold() {
    return this.#storage.get(this.#key);
  }

  /** The reader has chosen here. */
  choose(choice) {
    this.#storage.set(this.#key, { ...this.untold, ...choice });
  }

  /** The server knows that these were chosen here. */
  told(choices) {
    const entries = Object.entries(this.untold ?? {});
    const left = entries.filter(([choice, value]) => choices[choice] !== value);
    if (left.length > 0) this.#storage.set(this.#key, Object.fromEntries(left));
    else this.#storage.remove(this.#key);
  }

  /** The server has these: null where nothing was ever chosen; what is missing is as it was. */
  learn({ theme, skin_tone }) {
    if (theme !== undefined) this.#followTheme(theme ?? "system");
    this.#learnTone(skin_tone);
  }

  #learnTone(word) {
    const [here, there] = [this.#emojiUse.tone, toneOf(word)];
    if (word === null && here)
      this.choose({ skin_tone: wordOf(here) }); // from before servers knew it
    else if (there !== undefined && !this.untold?.skin_tone) this.#emojiUse.tone = there;
  }
}
