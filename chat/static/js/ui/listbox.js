/**
 * A list of options that is controlled by a text field. The field keeps the focus and names the active
 * option in `aria-activedescendant`.
 */
export class Listbox {
  #field;
  #list;
  #create;
  #onPick;
  #items = [];
  #active = -1;

  /** @param {{field, list, create: (item) => HTMLElement, onPick: (item) => void}} options */
  constructor({ field, list, create, onPick }) {
    this.#field = field;
    this.#list = list;
    this.#create = create;
    this.#onPick = onPick;
    list.setAttribute("role", "listbox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", ({ target }) => this.#clicked(target));
  }

  get count() {
    return this.#items.length;
  }

  /** The active item, which Enter picks. */
  get active() {
    return this.#items[this.#active];
  }

  /** Replaces the items; the first is active. */
  show(items) {
    this.#items = items;
    this.#list.replaceChildren(...items.map((item, index) => this.#option(item, index)));
    this.#list.hidden = items.length === 0;
    this.#activate(items.length > 0 ? 0 : -1);
  }

  /** @returns {boolean} whether the key was for the list */
  pressed({ key }) {
    if (this.count === 0) return false;
    if (key === "ArrowDown") this.#activate((this.#active + 1) % this.count);
    else if (key === "ArrowUp") this.#activate((this.#active - 1 + this.count) % this.count);
    else if (key === "Enter") this.#onPick(this.active);
    else return false;
    return true;
  }

  #clicked(target) {
    const index = [...this.#list.children].indexOf(target.closest('[role="option"]'));
    if (index >= 0) this.#onPick(this.#items[index]);
  }

  #option(item, index) {
    const option = this.#create(item);
    option.setAttribute("role", "option");
    option.id = `${this.#list.id}-${index}`;
    return option;
  }

  #activate(index) {
    this.#active = index;
    for (const [place, option] of [...this.#list.children].entries()) {
      option.setAttribute("aria-selected", String(place === index));
    }
    const option = this.#list.children[index];
    if (!option) return this.#field.removeAttribute("aria-activedescendant");
    this.#field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
}
