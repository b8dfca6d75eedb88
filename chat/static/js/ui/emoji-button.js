import { parts } from "../late-parts.js";

/** Opens the emoji picker above the composer; the picker is loaded with the first click. */
export class EmojiButton {
  #root;
  #button;
  #field;
  #use;
  #onMissing;
  #picker = null;

  /** @param {{document, field, use: EmojiUse, onMissing: () => void}} options */
  constructor({ document, field, use, onMissing }) {
    this.#root = document.querySelector("[data-emoji-picker]");
    this.#button = document.querySelector("[data-emoji-button]");
    this.#field = field;
    this.#use = use;
    this.#onMissing = onMissing;
    this.#button.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays
    this.#root.addEventListener("beforetoggle", (event) => {
      if (event.newState === "open") this.#opens(event);
    });
  }

  #opens(event) {
    this.#place();
    this.#picker ??= this.#create();
    if (this.#picker) return this.#picker.prepare();
    event.preventDefault();
    Promise.all([parts.emoji.get(), parts.emojiPicker.get()]).then(
      () => this.#root.showPopover(),
      () => this.#onMissing(),
    );
  }

  #create() {
    const book = parts.emoji.part;
    const { EmojiPicker } = parts.emojiPicker.part ?? {};
    if (!book || !EmojiPicker) return null;
    const place = () => this.#place();
    return new EmojiPicker({ root: this.#root, field: this.#field, use: this.#use, book, place });
  }

  /** Places the picker above the composer, over the button; css/emoji-picker.css limits its size. */
  #place() {
    const { left, right } = this.#button.parentElement.getBoundingClientRect();
    const button = this.#button.getBoundingClientRect();
    const { top } = this.#field.form.getBoundingClientRect();
    const places = { left, right, middle: (button.left + button.right) / 2, top };
    for (const [name, place] of Object.entries(places)) {
      this.#root.style.setProperty(`--${name}`, `${place}px`);
    }
  }
}
