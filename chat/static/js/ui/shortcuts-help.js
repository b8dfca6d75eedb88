import { build } from "./build.js";
import { buildDialog, toggleDialog } from "./dialogs.js";

const COMMAND = /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl";

const KEYS = [
  [[COMMAND, "K"], "Go to a room"],
  [["Alt", "↑"], "Previous room"],
  [["Alt", "↓"], "Next room"],
  [["End"], "Down to the newest message"],
  [["Page↑", "Page↓"], "Scroll the messages"],
  [["↑", "↓"], "From message to message, and to their links"],
  [["F6"], "To the next part of the page"],
  [["Esc"], "Back to the message box"],
  [["Enter"], "Send"],
  [["Shift", "Enter"], "Break the line"],
  [["@"], "Mention somebody"],
  [[":"], "Emoji by name"],
  [[COMMAND, "B"], "Bold"],
  [[COMMAND, "I"], "Italic"],
  [[COMMAND, "E"], "Code"],
  [[COMMAND, "/"], "Show these shortcuts"],
];
const MARKUP = ["**bold**", "*italic*", "`code`", "> quote", "- list", "~~gone~~"];

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
      build("h2", "", "Marks in a message"),
      build("p", "shortcuts-markup", ...MARKUP.map((example) => build("code", "", example))),
      build("div", "dialog-deeds", close),
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
