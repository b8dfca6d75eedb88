const STEPS = { ArrowUp: -1, ArrowDown: 1 };

/** The keys that work everywhere on the page. What they open is loaded when it is first needed. */
export class Shortcuts {
  #lobby;
  #onSelect;
  #dialogs = new Map();

  constructor({ document, lobby, onSelect }) {
    this.#lobby = lobby;
    this.#onSelect = onSelect;
    document.addEventListener("keydown", (event) => this.#pressed(event));
    const on = (selector, task) => {
      document.querySelector(selector).addEventListener("click", task);
    };
    on("[data-open-switcher]", () => this.#openSwitcher());
    on("[data-open-shortcuts]", () => this.#openHelp());
  }

  #pressed(event) {
    const task = event.isComposing ? null : this.#taskOf(event);
    if (!task) return;
    event.preventDefault();
    task();
  }

  #taskOf({ key, altKey, ctrlKey, metaKey, shiftKey }) {
    const command = ctrlKey !== metaKey && !altKey;
    if (command && !shiftKey && key.toLowerCase() === "k") return () => this.#openSwitcher();
    if (command && key === "/") return () => this.#openHelp();
    const alone = altKey && !ctrlKey && !metaKey && !shiftKey;
    if (alone && key in STEPS && !isInDialog()) return () => this.#step(STEPS[key]);
    return null;
  }

  #step(by) {
    const { rooms, current } = this.#lobby;
    const next = (rooms.indexOf(current) + by + rooms.length) % rooms.length;
    this.#onSelect(rooms[next].id);
  }

  #openSwitcher() {
    return this.#open("switcher", async () => {
      const { Switcher } = await import("./switcher.js");
      return new Switcher({ lobby: this.#lobby, onSelect: this.#onSelect });
    });
  }

  #openHelp() {
    return this.#open("help", async () => {
      const { ShortcutsHelp } = await import("./shortcuts-help.js");
      return new ShortcutsHelp();
    });
  }

  async #open(name, load) {
    if (!this.#dialogs.has(name)) this.#dialogs.set(name, load());
    try {
      (await this.#dialogs.get(name)).toggle();
    } catch {
      this.#dialogs.delete(name); // offline: it can be tried again
    }
  }
}

const isInDialog = () => document.querySelector("dialog[open]") !== null;
