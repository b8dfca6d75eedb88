import { parts } from "../late-parts.js";
import { queryAt, wholeEmojiAt } from "../lib/completion-query.js";
import { fold } from "../lib/folding.js";
import { isComposing } from "../lib/keys.js";
import { bestMatches } from "../lib/search.js";
import { withTone } from "../lib/skin-tones.js";
import { plural } from "../lib/text.js";
import { paintAvatar } from "./avatar.js";
import { build } from "./build.js";
import { insertText } from "./insert-text.js";
import { Listbox } from "./listbox.js";

const MOST = 8;

/** The list of suggestions above the composer. */
export class Completer {
  #field;
  #people;
  #emojiUse;
  #listbox;
  #status;
  #query = null;
  #settledAt = null; // the beginning of a query that was completed or dismissed

  constructor({ field, people, emojiUse }) {
    this.#field = field;
    this.#people = people;
    this.#emojiUse = emojiUse;
    this.#status = build("p", "visually-hidden");
    this.#status.setAttribute("role", "status");
    const list = build("ul", "options completion");
    list.id = "completion";
    list.hidden = true;
    list.setAttribute("aria-label", "Suggestions");
    field.form.append(list, this.#status);
    this.#listbox = new Listbox({
      field,
      list,
      create: optionOf,
      onPick: (item) => this.#pick(item),
    });
    for (const event of ["input", "click"]) {
      field.addEventListener(event, ({ isComposing }) => isComposing || this.#look());
    }
    field.addEventListener("compositionend", () => this.#look());
    field.addEventListener("blur", () => this.close());
    this.#look();
  }

  pressed(event) {
    if (isComposing(event) || this.#listbox.count === 0) return false;
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    if (event.key === "Enter" && this.#isNameTyped) return false; // Enter sends the message
    if (event.key === "Escape") this.#dismiss();
    else if (event.key === "Tab" && !event.shiftKey) this.#listbox.pressed({ key: "Enter" });
    else if (event.shiftKey || !this.#listbox.pressed(event)) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  close() {
    this.#query = null;
    this.#show();
  }

  #look() {
    const { value, selectionStart: caret, selectionEnd } = this.#field;
    const query = caret === selectionEnd ? queryAt(value, caret) : null;
    if (query?.from !== this.#settledAt) this.#settledAt = null;
    this.#query = this.#settledAt === null ? query : null;
    if (this.#query?.mark === ":" || wholeEmojiAt(value, caret)) this.#withEmoji();
    this.#show();
  }

  /** Whether the whole name of the active suggestion is typed already. */
  get #isNameTyped() {
    const { person } = this.#listbox.active;
    return Boolean(person) && fold(person.name) === fold(this.#query.query);
  }

  #withEmoji() {
    parts.emoji.whenHere(() => {
      this.#show();
      this.#replaceWholeName();
    });
  }

  #show() {
    const items = this.#query ? this.#suggestions(this.#query) : [];
    this.#listbox.show(items);
    const words = items.length > 0 ? plural(items.length, "suggestion", "suggestions") : "";
    if (this.#status.textContent !== words) this.#status.textContent = words;
  }

  #suggestions({ mark, query }) {
    if (mark !== ":") {
      const people = bestMatches(this.#people(), query, ({ name }) => name);
      return people.slice(0, MOST).map((person) => ({ person, text: `@${person.name} ` }));
    }
    const { favourites, tone } = this.#emojiUse;
    const found = parts.emoji.part?.search(query, MOST, favourites) ?? [];
    return found.map((emoji) => {
      const shown = withTone(emoji.character, tone);
      return { emoji, shown, text: `${shown} ` };
    });
  }

  #pick({ emoji, text }) {
    const { from } = this.#query;
    if (emoji) this.#emojiUse.picked(emoji.character);
    this.#settledAt = from;
    insertText(this.#field, from, this.#field.selectionStart, text);
    this.close();
  }

  /** Replaces `:tada:` by 🎉 when the last colon is typed. */
  #replaceWholeName() {
    const { value, selectionStart: caret } = this.#field;
    const name = wholeEmojiAt(value, caret);
    const character = name && parts.emoji.part.get(name.query);
    if (!character) return;
    this.#emojiUse.picked(character);
    insertText(this.#field, name.from, caret, withTone(character, this.#emojiUse.tone));
  }

  #dismiss() {
    this.#settledAt = this.#query.from;
    this.close();
  }
}

function optionOf({ person, emoji, shown }) {
  const option = build("li", "option");
  const mark = build("span", person ? "avatar avatar-small" : "option-emoji");
  const label = build("bdi", "option-label cut");
  mark.setAttribute("aria-hidden", "true");
  if (person) paintAvatar(mark, person);
  else mark.textContent = shown;
  label.textContent = person ? person.name : `:${emoji.name}:`;
  option.append(mark, label);
  return option;
}
