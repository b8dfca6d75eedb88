const NARROW = matchMedia("(width < 50rem)");
const MIDDLE = matchMedia("(width < 68rem)");
const PUT_AWAY = "people put away";

/**
 * The lists of rooms and of people. On a small screen they slide in over the room; on a wide screen the
 * list of people is a column that the reader can hide.
 */
export class Drawers {
  #document;
  #storage;
  #scrim;
  #main;
  #shell;
  #open = null;
  #opener = null;

  constructor({ document, storage }) {
    this.#document = document;
    this.#storage = storage;
    this.#scrim = document.querySelector("[data-scrim]");
    this.#main = document.querySelector("main");
    this.#shell = document.querySelector("[data-shell]");
    this.#listen("[data-drawer-open]", (opener) => this.#pressed(opener));
    this.#listen("[data-drawer-show]", (tab) => this.#showDrawer(tab.dataset.drawerShow, tab));
    this.#listen("[data-drawer-close]", (closer) => this.#closePressed(closer));
    this.#scrim.addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => this.#escaped(event));
    for (const width of [NARROW, MIDDLE]) {
      width.addEventListener("change", () => this.#resized());
    }
    this.#putAway(storage.get(PUT_AWAY) === true);
  }

  close() {
    if (!this.#open) return;
    const [drawer, opener] = [this.#open, this.#opener];
    const hadFocus = drawer.contains(this.#document.activeElement);
    this.#show(false);
    this.#open = this.#opener = null;
    if (hadFocus) opener.focus();
  }

  #listen(selector, task) {
    for (const button of this.#document.querySelectorAll(selector)) {
      button.addEventListener("click", () => task(button));
    }
  }

  #pressed(opener) {
    const id = opener.dataset.drawerOpen;
    if (id === "people" && !MIDDLE.matches) return this.#keepPutAway(!this.#isPutAway);
    if (this.#open?.id === id) return this.close();
    this.#showDrawer(id, opener);
  }

  #escaped(event) {
    if (event.key !== "Escape" || !this.#open) return;
    if (this.#document.querySelector(":popover-open")) return; // Escape closes the popover
    event.preventDefault(); // Escape closes the drawer; Keyboard must not move the focus as well
    this.close();
  }

  #closePressed(closer) {
    if (this.#open) return this.close();
    this.#keepPutAway(true);
    this.#openersOf(closer.closest("[data-drawer]").id)[0].focus();
  }

  #showDrawer(id, opener) {
    if (this.#open?.id === id) return;
    const from = this.#open ? this.#opener : opener; // a tab switches from one drawer to another
    this.close();
    this.#open = this.#document.getElementById(id);
    this.#opener = from;
    this.#show(true);
    this.#open.querySelector("[data-drawer-close]").focus();
  }

  #show(shown) {
    this.#open.classList.toggle("drawer-shown", shown);
    this.#tell(this.#open.id, shown);
    this.#scrim.hidden = !shown;
    this.#main.inert = shown;
  }

  #tell(id, shown) {
    for (const opener of this.#openersOf(id)) opener.setAttribute("aria-expanded", String(shown));
  }

  #openersOf(id) {
    const openers = `[data-drawer-open="${id}"], [data-drawer-show="${id}"]`;
    return [...this.#document.querySelectorAll(openers)];
  }

  #resized() {
    this.close();
    this.#putAway(this.#isPutAway);
  }

  get #isPutAway() {
    return this.#shell.classList.contains("people-put-away");
  }

  #keepPutAway(isPutAway) {
    this.#storage.set(PUT_AWAY, isPutAway);
    this.#putAway(isPutAway);
  }

  #putAway(isPutAway) {
    this.#shell.classList.toggle("people-put-away", isPutAway);
    this.#tell("people", !MIDDLE.matches && !isPutAway);
  }
}
