import { canNotify, playSound } from "./notifications.js";

const LEVELS = {
  all: "Notifications: every message",
  mentions: "Notifications: messages that mention me",
  nothing: "Notifications: nothing",
};
const HINTS = {
  denied:
    "Your browser blocks notifications from this site. Allow them in the browser’s settings for it.",
  default: "Your browser will ask you to allow notifications.",
  impossible: "This browser can’t show notifications here. They need HTTPS.",
};

/** The notifications of the room that the reader sees. */
export class Settings {
  #lobby;
  #settings;
  #root;
  #room;
  #hint;
  #bell;
  #signs;

  constructor({ document, lobby, settings }) {
    this.#lobby = lobby;
    this.#settings = settings;
    this.#root = document.querySelector("[data-settings]");
    this.#room = document.querySelector("[data-settings-room]");
    this.#hint = document.querySelector("[data-settings-hint]");
    this.#bell = document.querySelector("[data-bell]");
    this.#signs = document.querySelectorAll("[data-bell-level]");
    this.#root.addEventListener("toggle", ({ newState }) => newState === "open" && this.#explain());
    this.#root.addEventListener("change", ({ target }) => this.#changed(target));
  }

  /** Shows the level in the menu, on the bell, and on the tab on a phone. */
  render() {
    const level = this.#level;
    for (const sign of this.#signs) {
      sign.hidden = sign.dataset.bellLevel !== level;
    }
    this.#bell.title = LEVELS[level];
    this.#room.textContent = this.#lobby.current.title;
    this.#root.querySelector(`input[value="${level}"]`).checked = true;
    this.#root.querySelector("input[name=sound]").checked = this.#settings.sound;
  }

  get #level() {
    return this.#settings.of(this.#lobby.current.id);
  }

  async #changed({ name, value, checked }) {
    if (name === "sound") {
      this.#settings.sound = checked;
      if (checked) playSound();
    } else {
      this.#lobby.ownRooms.setLevel(this.#lobby.current.id, value);
      if (value !== "nothing" && canNotify()) await Notification.requestPermission();
    }
    this.#explain();
  }

  #explain() {
    const state = canNotify() ? Notification.permission : "impossible";
    this.#hint.hidden = this.#level === "nothing" || state === "granted";
    this.#hint.textContent = HINTS[state] ?? "";
  }
}
