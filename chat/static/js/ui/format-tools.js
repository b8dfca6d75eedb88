import { isCommand } from "../lib/keys.js";
import { insertApart, insertText } from "./insert-text.js";

const AROUND = { bold: "**", italic: "*", code: "`" };
const KEYS = { b: "bold", i: "italic", e: "code" };

/** Buttons and keys that add Markdown to the text in the composer. */
export class FormatTools {
  #field;

  constructor({ document, field }) {
    this.#field = field;
    for (const button of document.querySelectorAll("[data-format]")) {
      onPress(button, () => this.#format(button.dataset.format));
    }
    onPress(document.querySelector("[data-mention]"), () => insertApart(field, "@"));
    field.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #pressed(event) {
    const format = KEYS[event.key.toLowerCase()];
    if (!format || !isCommand(event) || event.shiftKey) return;
    event.preventDefault();
    this.#format(format);
  }

  #format(format) {
    if (format === "list") this.#list();
    else this.#toggle(AROUND[format]);
  }

  /** Adds the marks around the selection, or removes them. */
  #toggle(mark) {
    const { value, selectionStart: from, selectionEnd: to } = this.#field;
    const size = mark.length;
    const text = value.slice(from, to);
    if (this.#isMarked(mark)) {
      insertText(this.#field, from - size, to + size, text);
      this.#field.setSelectionRange(from - size, to - size);
    } else {
      insertText(this.#field, from, to, `${mark}${text}${mark}`);
      this.#field.setSelectionRange(from + size, to + size);
    }
  }

  /** One star makes text italic, two make it bold, three make it both. */
  #isMarked(mark) {
    const { value, selectionStart: from, selectionEnd: to } = this.#field;
    const [sign] = mark;
    const before = value.slice(0, from).match(new RegExp(`\\${sign}*$`))[0].length;
    const after = value.slice(to).match(new RegExp(`^\\${sign}*`))[0].length;
    const around = Math.min(before, after);
    return mark === "*" ? around % 2 === 1 : around >= mark.length;
  }

  #list() {
    const { value, selectionStart, selectionEnd: to } = this.#field;
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    insertText(this.#field, from, to, value.slice(from, to).replace(/^/gm, "- "));
  }
}

/** Keeps the focus in the field, and so the selection and the keyboard of a phone. */
function onPress(button, task) {
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", task);
}
