import { isComposing } from "../lib/keys.js";
import { withTone } from "../lib/skin-tones.js";
import { plural } from "../lib/text.js";
import { build } from "./build.js";
import { EmojiGrid } from "./emoji-grid.js";
import { insertText } from "./insert-text.js";
import { SkinToneChoice } from "./skin-tone-choice.js";

const OFTEN = "Often used";
const FOUND = "Found";
const ROWS_OFTEN = 2;
const MOST_FOUND = 90;
const soon = globalThis.requestIdleCallback ?? setTimeout; // Safari has no requestIdleCallback

/** The emoji picker above the composer: a search field, the most used emoji, and all emoji. */
export class EmojiPicker {
  #root;
  #field;
  #book;
  #use;
  #place;
  #query;
  #list;
  #floor;
  #status;
  #bar;
  #grid;
  #tones;
  #groups = [];
  #unfilled = [];
  #columns = 0;
  #touch = matchMedia("(pointer: coarse)");
  #wasWriting = false;

  /** @param {{root, field, book: EmojiBook, use: EmojiUse, place: () => void}} options */
  constructor({ root, field, book, use, place }) {
    const part = (name) => root.querySelector(`[data-emoji-${name}]`);
    this.#root = root;
    this.#field = field;
    this.#book = book;
    this.#use = use;
    this.#place = place;
    this.#query = part("query");
    this.#list = part("list");
    this.#floor = part("floor");
    this.#status = part("status");
    this.#bar = part("groups");
    this.#grid = new EmojiGrid(this.#list);
    this.#tones = new SkinToneChoice({
      button: part("tone"),
      choices: part("tones"),
      use,
      onChange: () => this.#changeTone(),
    });
    this.#listen();
  }

  /** Called before it opens. */
  prepare() {
    this.#wasWriting = document.activeElement === this.#field;
    this.#root.autofocus = this.#touch.matches; // the search field would bring up the keyboard
    this.#query.autofocus = !this.#touch.matches;
    this.#query.value = "";
    this.#tones.render();
    this.#paint();
    this.#build();
    this.#showAll();
  }

  #listen() {
    this.#root.addEventListener("beforetoggle", ({ newState }) => {
      if (newState === "closed") this.#closes();
    });
    this.#root.addEventListener("keydown", (event) => this.#pressed(event));
    this.#root.addEventListener("focusout", ({ relatedTarget }) => this.#left(relatedTarget));
    this.#query.addEventListener("input", () => this.#search());
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    for (const event of ["pointerover", "focusin"]) {
      this.#list.addEventListener(event, ({ target }) => this.#tell(target));
    }
    this.#list.addEventListener("scroll", () => this.#markGroup(), { passive: true });
    this.#bar.addEventListener("click", ({ target }) => {
      this.#goTo(target.closest("button")?.dataset.emojiGroup);
    });
    window.addEventListener("resize", () => this.#resized());
    visualViewport.addEventListener("resize", () => this.#resized()); // visible-height.js sets the height
  }

  /** Called while the picker is still shown, because a hidden list can't be scrolled. */
  #closes() {
    this.#tones.close();
    this.#list.scrollTop = 0;
  }

  /** Builds the groups for the current number of columns. @returns {boolean} whether it had to */
  #build() {
    const columns = Number(getComputedStyle(this.#root).getPropertyValue("--columns"));
    if (columns === this.#columns) return false;
    this.#columns = columns;
    this.#groups = this.#book.groups.map(({ title, emoji }) =>
      this.#grid.build(title, emoji, columns),
    );
    this.#unfilled = [...this.#groups];
    this.#fill();
    return true;
  }

  /** Fills only the first group at once; to fill all groups would take a phone too long. */
  #fill() {
    if (this.#unfilled.length === 0) return;
    this.#grid.fill(this.#unfilled.shift());
    soon(() => this.#fill());
  }

  #fullGroup(title, emoji) {
    const group = this.#grid.build(title, emoji, this.#columns);
    this.#grid.fill(group);
    return group;
  }

  #paint() {
    if (this.#grid.tone === this.#use.tone) return;
    this.#grid.tone = this.#use.tone;
    for (const group of new Set([...this.#groups, ...this.#list.children])) {
      this.#grid.paint(group);
    }
  }

  #changeTone() {
    this.#paint();
    this.#tell(this.#query.value ? this.#grid.stop : null);
  }

  #showAll() {
    const often = this.#book.often(this.#use.favourites, ROWS_OFTEN * this.#columns);
    this.#grid.show([this.#fullGroup(OFTEN, often), ...this.#groups]);
    this.#status.textContent = "";
    this.#tell(null);
    this.#markGroup();
  }

  #search() {
    const query = this.#query.value.trim();
    if (query) this.#showFound(query);
    else this.#showAll();
    this.#list.scrollTop = 0;
  }

  #showFound(query) {
    const found = this.#book.find(query, MOST_FOUND, this.#use.favourites);
    if (found.length > 0) this.#grid.show([this.#fullGroup(FOUND, found)]);
    else this.#grid.show([build("p", "emoji-note", "No emoji has this name.")]);
    this.#status.textContent = plural(found.length, "emoji", "emoji");
    this.#tell(this.#grid.stop);
    this.#markGroup();
  }

  /** A keyboard that comes up changes only the place; turning the phone changes the columns, too. */
  #resized() {
    if (!this.#root.matches(":popover-open")) return;
    this.#place();
    if (this.#build()) this.#search();
  }

  #pressed(event) {
    const { key, target } = event;
    if (isComposing(event)) return;
    if (key === "Escape") return this.#escape(event);
    if (target === this.#query) return this.#pressedInQuery(event);
    if (this.#grid.emojiOf(target)) this.#pressedInGrid(event);
  }

  #escape(event) {
    event.preventDefault();
    event.stopPropagation(); // the drawer below stays open
    if (this.#tones.close()) return;
    this.#root.hidePopover();
    if (this.#givesFocus) this.#field.focus();
  }

  #pressedInQuery(event) {
    const { key } = event;
    if (key !== "ArrowDown" && key !== "Enter") return;
    event.preventDefault();
    if (key === "ArrowDown") this.#grid.stop?.focus();
    else if (this.#query.value.trim() && this.#grid.stop) this.#pick(this.#grid.stop, event);
  }

  #pressedInGrid(event) {
    if (isTyping(event)) return this.#query.focus(); // the search field gets the character
    const next = event.altKey || event.metaKey ? undefined : this.#grid.next(event.target, event);
    if (next === undefined) return;
    event.preventDefault();
    (next ?? this.#query).focus();
  }

  #clicked(event) {
    const cell = event.target.closest(".emoji-cell");
    if (cell) this.#pick(cell, event);
  }

  #pick(cell, { shiftKey: several }) {
    const { character } = this.#grid.emojiOf(cell);
    const back = document.activeElement;
    this.#use.picked(character);
    if (!several) this.#root.hidePopover();
    const { selectionStart, selectionEnd } = this.#field;
    insertText(this.#field, selectionStart, selectionEnd, withTone(character, this.#use.tone));
    if (several) this.#goOn(back);
    else if (!this.#givesFocus) this.#field.blur();
  }

  /** Places the picker again, because the composer may have grown. */
  #goOn(back) {
    back.focus({ preventScroll: true });
    this.#place();
  }

  /** On touch screens the message box gets the focus, and the keyboard, only if it had it before. */
  get #givesFocus() {
    return this.#wasWriting || !this.#touch.matches;
  }

  #left(to) {
    if (to && to !== this.#field && !this.#root.contains(to)) this.#root.hidePopover();
  }

  #goTo(title) {
    if (!title) return;
    if (this.#query.value) {
      this.#query.value = "";
      this.#showAll();
    }
    for (const group of this.#unfilled.splice(0)) this.#grid.fill(group); // before scrolling there
    this.#grid.goTo([...this.#list.children].find((group) => group.dataset.title === title));
  }

  #markGroup() {
    const { children, scrollTop } = this.#list;
    // Also fires while the picker is closed and has no layout, and when Safari bounces at the edge.
    const atTop = scrollTop <= 0;
    const current = atTop
      ? children[0]
      : [...children].findLast((group) => isAbove(group, scrollTop));
    for (const button of this.#bar.children) {
      const isCurrent = button.dataset.emojiGroup === current.dataset.title;
      button.setAttribute("aria-current", String(isCurrent));
    }
  }

  /** Shows the name of an emoji, as the composer completes it. */
  #tell(cell) {
    const emoji = cell && this.#grid.emojiOf(cell);
    const words = emoji
      ? emoji.names.map((name) => `:${name}:`).join(" ")
      : "Shift + click keeps this open";
    const parts = [build("span", "emoji-words", words)];
    if (emoji) parts.unshift(build("span", "emoji-large", cell.textContent));
    this.#floor.replaceChildren(...parts);
  }
}

const isAbove = (group, scrollTop) => group.offsetTop <= scrollTop + 1;

function isTyping({ key, altKey, ctrlKey, metaKey }) {
  if (altKey || ctrlKey || metaKey || key === " ") return false;
  return [...key].length === 1 || key === "Backspace";
}
