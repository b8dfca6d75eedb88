import { build } from "./build.js";
import { buildDialog, toggleDialog } from "./dialogs.js";

const COMMAND = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl";

const KEYS = [
  [[COMMAND, "K"], "Go to a room"],
  [["Alt", "↑"], "Previous room"],
  [["Alt", "↓"], "Next room"],
  [["End"], "Down to the newest message"],
  [["Enter"], "Send"],
  [["Shift", "Enter"], "Break the line"],
  [["@"], "Name somebody"],
  [[":"], "Emoji by name"],
  [[COMMAND, "/"], "Show these shortcuts"],
];
const MARKUP = ["**bold**", "*italic*", "`code`", "> quote", "- list"];

/** What can be done without the mouse, and how texts are marked up. */
export class ShortcutsHelp {
  #dialog;

  constructor() {
    const close = build("button", "button button-primary", "Close");
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog = buildDialog(
      "shortcuts",
      "Keyboard shortcuts",
      build("h2", "", "Keyboard shortcuts"),
      build("dl", "shortcuts-keys", ...KEYS.map(([keys, text]) => shortcut(keys, text))),
      build("h2", "", "In a message"),
      build("p", "shortcuts-markup", ...MARKUP.map((example) => build("code", "", example))),
      close,
    );
  }

  toggle() {
    toggleDialog(this.#dialog);
  }
}

const shortcut = (keys, text) =>
  build(
    "div",
    "",
    build("dt", "", ...keys.map((key) => build("kbd", "", key))),
    build("dd", "", text),
  );
