import { canNotify, playSound } from "./notifications.js";

const LEVELS = {
  messages: "Notifications: every message",
  mentions: "Notifications: messages that mention me",
  nothing: "Notifications: nothing",
};
const HINTS = {
  denied:
    "Your browser blocks notifications from this site. Allow them in the browser’s settings for it.",
  default: "Your browser will ask you to allow notifications.",
  impossible: "This browser can’t show notifications here. They need HTTPS.",
};

/** The settings of notifications. */
export class Settings {
  #settings;
  #root;
  #hint;
  #bell;
  #signs;

  constructor({ document, settings }) {
    this.#settings = settings;
    this.#root = document.querySelector("[data-settings]");
    this.#hint = document.querySelector("[data-settings-hint]");
    this.#bell = document.querySelector("[data-bell]");
    this.#signs = document.querySelectorAll("[data-bell-level]");
    this.#root.addEventListener("toggle", ({ newState }) => newState === "open" && this.#show());
    this.#root.addEventListener("change", ({ target }) => this.#changed(target));
    this.#showLevel();
  }

  #show() {
    const { about, sound } = this.#settings;
    this.#root.querySelector(`input[value="${about}"]`).checked = true;
    this.#root.querySelector("input[name=sound]").checked = sound;
    this.#explain();
  }

  async #changed({ name, value, checked }) {
    if (name === "sound") {
      this.#settings.sound = checked;
      if (checked) playSound();
    } else {
      this.#settings.about = value;
      this.#showLevel();
      if (value !== "nothing" && canNotify()) await Notification.requestPermission();
    }
    this.#explain();
  }

  /** Shows the level on the bell, and on the tab on a phone. */
  #showLevel() {
    const { about } = this.#settings;
    for (const sign of this.#signs) {
      sign.hidden = sign.dataset.bellLevel !== about;
    }
    this.#bell.title = LEVELS[about];
  }

  #explain() {
    const state = canNotify() ? Notification.permission : "impossible";
    this.#hint.hidden = this.#settings.about === "nothing" || state === "granted";
    this.#hint.textContent = HINTS[state] ?? "";
  }
}
