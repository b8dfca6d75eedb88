import { withTone } from "../lib/skin-tones.js";
import { build } from "./build.js";

const CELL = '[role="gridcell"]';
const NEXT = { ArrowRight: 1, ArrowLeft: -1 };
const NEXT_ROW = { ArrowDown: 1, ArrowUp: -1 };
const NEXT_GROUP = { PageDown: 1, PageUp: -1 };

/**
 * Emoji in groups with titles; each group is a grid. The arrow keys move through all groups. For Tab
 * they are one stop: the cell where the reader was last (roving tabindex).
 */
export class EmojiGrid {
  #list;
  #emoji = new WeakMap(); // of each cell
  #rest = new WeakMap(); // of each group that isn't filled yet
  #stop = null;

  /** The skin tone of the cells that are shown next. */
  tone = "";

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
    list.addEventListener("focusin", ({ target }) => this.stopAt(target));
  }

  /** The cell that Tab moves the focus to; null if there are no cells. */
  get stop() {
    return this.#stop;
  }

  emojiOf(cell) {
    return this.#emoji.get(cell);
  }

  /** @returns {HTMLElement} an empty group with the height that it will have */
  build(title, emoji, columns) {
    const heading = build("h2", "emoji-title", title);
    heading.id = `emoji-${title.replace(/\W+/g, "-")}`;
    const grid = build("div");
    grid.setAttribute("role", "grid");
    grid.setAttribute("aria-labelledby", heading.id);
    const group = build("section", "emoji-section", heading, grid);
    group.style.setProperty("--rows", Math.ceil(emoji.length / columns));
    group.dataset.title = title;
    this.#rest.set(group, { emoji, columns });
    return group;
  }

  fill(group) {
    if (!this.#rest.has(group)) return;
    const { emoji, columns } = this.#rest.get(group);
    this.#rest.delete(group);
    const cells = emoji.map((each) => this.#cell(each));
    group.querySelector('[role="grid"]').append(...rowsOf(cells, columns));
  }

  /** Updates the group to the current tone. */
  paint(group) {
    for (const cell of group.querySelectorAll(CELL)) cell.textContent = this.#look(cell);
  }

  show(groups) {
    this.#list.replaceChildren(...groups);
    this.stopAt(this.#cells[0] ?? null);
  }

  goTo(group) {
    this.fill(group);
    this.#list.scrollTop = group.offsetTop;
    this.stopAt(group.querySelector(CELL));
  }

  stopAt(cell) {
    if (this.#stop) this.#stop.tabIndex = -1;
    this.#stop = cell;
    if (cell) cell.tabIndex = 0;
  }

  /** @returns {HTMLElement | null | undefined} the cell that the key leads to; null: above the first row */
  next(cell, { key, ctrlKey }) {
    const row = cell.parentElement;
    if (key in NEXT) return step(this.#cells, cell, NEXT[key]);
    if (key in NEXT_ROW) return this.#inNextRow(cell, NEXT_ROW[key]);
    if (key in NEXT_GROUP) return this.#inNextGroup(cell, NEXT_GROUP[key]);
    if (key === "Home") return ctrlKey ? this.#cells[0] : row.firstElementChild;
    if (key === "End") return ctrlKey ? this.#cells.at(-1) : row.lastElementChild;
    return undefined;
  }

  #inNextRow(cell, by) {
    const row = cell.parentElement;
    const rows = [...this.#list.querySelectorAll(".emoji-row")];
    if (by < 0 && row === rows[0]) return null;
    const column = [...row.children].indexOf(cell);
    const { children } = step(rows, row, by);
    return children[Math.min(column, children.length - 1)];
  }

  #inNextGroup(cell, by) {
    const group = step([...this.#list.children], cell.closest(".emoji-section"), by);
    this.fill(group);
    return group.querySelector(CELL);
  }

  get #cells() {
    return [...this.#list.querySelectorAll(CELL)];
  }

  #cell(emoji) {
    const cell = build("button", "emoji-cell");
    cell.type = "button";
    cell.tabIndex = -1;
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-label", emoji.names.join(", ").replaceAll("_", " "));
    this.#emoji.set(cell, emoji);
    cell.textContent = this.#look(cell);
    return cell;
  }

  #look(cell) {
    return withTone(this.emojiOf(cell).character, this.tone);
  }
}

function rowsOf(cells, columns) {
  const rows = [];
  for (let from = 0; from < cells.length; from += columns) {
    const row = build("div", "emoji-row", ...cells.slice(from, from + columns));
    row.setAttribute("role", "row");
    rows.push(row);
  }
  return rows;
}

const step = (items, item, by) => items[items.indexOf(item) + by] ?? item;
