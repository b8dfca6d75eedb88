import { isComposing } from "../lib/keys.js";
import { characters, isBlank, plural, sendable } from "../lib/text.js";
import { TypingSignal } from "../models/typing-signal.js";
import { Completion } from "./completion.js";
import { EmojiButton } from "./emoji-button.js";
import { FormatTools } from "./format-tools.js";
import { insertApart } from "./insert-text.js";
import { Intake } from "./intake.js";

const COUNTER_FROM = 0.9; // of the limit
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

export class Composer {
  #lobby;
  #drafts;
  #limit;
  #signal;
  #onPost;
  #text;
  #send;
  #counter;
  #label;
  #completion;
  #note;
  #touch = matchMedia("(pointer: coarse)");
  #room = null;

  constructor({ document, lobby, me, drafts, emojiUse, limit, clock, sendTyping, onPost }) {
    this.#lobby = lobby;
    this.#drafts = drafts;
    this.#limit = limit;
    this.#onPost = onPost;
    this.#signal = new TypingSignal({ send: sendTyping, clock });
    this.#text = document.querySelector("[data-composer-text]");
    this.#send = document.querySelector("[data-composer-send]");
    this.#counter = document.querySelector("[data-composer-counter]");
    this.#label = document.querySelector("[data-composer-label]");
    this.#completion = new Completion({
      field: this.#text,
      emojiUse,
      people: () => lobby.current.people.sorted.filter(({ id }) => id !== me.id),
    });
    new EmojiButton({
      document,
      field: this.#text,
      use: emojiUse,
      onMissing: () => this.#tell("The emoji couldn’t be loaded. Check your connection."),
    });
    this.#note = document.querySelector("[data-composer-note]");
    this.#text.addEventListener("input", () => this.#typed());
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    document.querySelector("[data-composer]").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#post();
    });
    new FormatTools({ document, field: this.#text });
    new Intake({ document, limit, onRefused: (reason) => this.#tell(reason) });
  }

  /** Shows the current room's name and draft and, with a keyboard, takes the focus. */
  render() {
    const room = this.#lobby.current;
    if (room === this.#room) return;
    this.#room = room;
    this.#text.placeholder = `Message ${room.title}`;
    this.#label.textContent = `Message to ${room.title}`;
    this.#write(this.#drafts.of(room.id));
    this.focus();
  }

  /** Called before the room changes, while a typing event can still be sent to the old room. */
  leave() {
    this.#signal.stopped();
  }

  /** Inserts a text before the current one, to be edited and sent. */
  write(text) {
    const whole = [text, this.#text.value].filter(Boolean).join("\n");
    this.#write(whole);
    this.#drafts.keep(this.#room.id, whole);
    this.#text.focus();
  }

  mention(name) {
    insertApart(this.#text, `@${name} `);
    this.#completion.close(); // the name is complete
  }

  /** @returns {boolean} whether it took the focus: not on touch, where the keyboard would come up */
  focus() {
    if (this.#touch.matches) return false;
    this.#text.focus();
    return true;
  }

  #typed() {
    this.#drafts.keep(this.#room.id, this.#text.value);
    this.#measure();
    if (isBlank(this.#text.value)) this.#signal.stopped();
    else this.#signal.typed();
  }

  #pressed(event) {
    if (this.#completion.pressed(event)) return;
    const sends = event.key === "Enter" && !event.shiftKey && !this.#touch.matches;
    if (!sends || isComposing(event)) return;
    event.preventDefault();
    if (!event.repeat) this.#post();
  }

  #post() {
    const text = sendable(this.#text.value);
    if (isBlank(text) || characters(text) > this.#limit) return;
    this.#drafts.keep(this.#room.id, "");
    this.#write("");
    this.#signal.sent();
    this.#onPost(text, this.#room.id);
    this.focus();
  }

  #write(text) {
    this.#text.value = text;
    this.#completion.close();
    this.#measure();
  }

  #measure() {
    const left = this.#limit - characters(sendable(this.#text.value));
    this.#tell("");
    if (!GROWS_BY_ITSELF) this.#grow();
    this.#send.disabled = isBlank(this.#text.value) || left < 0;
    this.#counter.hidden = left > this.#limit * (1 - COUNTER_FROM);
    this.#counter.textContent =
      left < 0 ? `${plural(-left, "character", "characters")} too many` : `${left} left`;
    this.#counter.classList.toggle("composer-counter-over", left < 0);
    this.#text.setAttribute("aria-invalid", String(left < 0));
  }

  /** Fixes the height of the parent while the box is measured; otherwise the messages would scroll. */
  #grow() {
    const { form, style } = this.#text;
    form.style.minHeight = `${form.offsetHeight}px`;
    style.height = "auto";
    style.height = `${this.#text.scrollHeight}px`;
    form.style.minHeight = "";
  }

  #tell(note) {
    this.#note.textContent = note;
    this.#note.hidden = note === "";
  }
}
