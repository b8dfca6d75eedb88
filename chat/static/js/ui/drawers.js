/** On a small screen the lists of rooms and of people slide in over the room. */
export class Drawers {
  #document;
  #scrim;
  #main;
  #open = null;
  #opener = null;

  constructor({ document }) {
    this.#document = document;
    this.#scrim = document.querySelector("[data-scrim]");
    this.#main = document.querySelector("main");
    for (const opener of document.querySelectorAll("[data-drawer-open]")) {
      opener.addEventListener("click", () => this.#toggle(opener));
    }
    for (const closer of document.querySelectorAll("[data-drawer-close]")) {
      closer.addEventListener("click", () => this.close());
    }
    this.#scrim.addEventListener("click", () => this.close());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
    matchMedia("(width < 50rem)").addEventListener("change", () => this.close());
    matchMedia("(width < 68rem)").addEventListener("change", () => this.close());
  }

  close() {
    if (!this.#open) return;
    const [drawer, opener] = [this.#open, this.#opener];
    const hadFocus = drawer.contains(this.#document.activeElement);
    this.#show(false);
    this.#open = this.#opener = null;
    if (hadFocus) opener.focus();
  }

  #toggle(opener) {
    const drawer = this.#document.getElementById(opener.dataset.drawerOpen);
    if (this.#open === drawer) return this.close();
    this.close();
    this.#open = drawer;
    this.#opener = opener;
    this.#show(true);
    drawer.querySelector("[data-drawer-close]").focus();
  }

  #show(shown) {
    this.#open.classList.toggle("drawer-shown", shown);
    this.#opener.setAttribute("aria-expanded", String(shown));
    this.#scrim.hidden = !shown;
    this.#main.inert = shown;
  }
}
