import { parts } from "../late-parts.js";
import { isCommand } from "../lib/keys.js";

const STEPS = { ArrowUp: -1, ArrowDown: 1 };

/** The keys that work everywhere on the page. The dialogs are loaded when they are first needed. */
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

  #taskOf(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    const command = isCommand(event);
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
    const options = { lobby: this.#lobby, onSelect: this.#onSelect };
    return this.#open("switcher", ({ Switcher }) => new Switcher(options));
  }

  #openHelp() {
    return this.#open("shortcutsHelp", ({ ShortcutsHelp }) => new ShortcutsHelp());
  }

  async #open(name, create) {
    const part = await parts[name].get().catch(() => null); // fails without a connection
    if (!part) return;
    if (!this.#dialogs.has(name)) this.#dialogs.set(name, create(part));
    this.#dialogs.get(name).toggle();
  }
}

const isInDialog = () => document.querySelector("dialog[open]") !== null;
