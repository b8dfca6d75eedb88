import { commandName } from "../lib/keys.js";
import { build } from "./build.js";
import { buildDialog, toggleDialog } from "./dialogs.js";

const COMMAND = commandName();

const KEYS = [
  [[COMMAND, "K"], "Go to a room"],
  [["Alt", "↑"], "Previous room"],
  [["Alt", "↓"], "Next room"],
  [["End"], "Go to the newest message"],
  [["Page↑", "Page↓"], "Scroll the messages"],
  [["↑", "↓"], "Go from message to message; Tab goes to its links"],
  [["F6"], "Go to the next part of the page"],
  [["Esc"], "Go back to the message box"],
  [["Enter"], "Send the message"],
  [["Shift", "Enter"], "Start a new line"],
  [["@"], "Mention somebody"],
  [[":"], "Insert an emoji"],
  [[COMMAND, "B"], "Bold"],
  [[COMMAND, "I"], "Italic"],
  [[COMMAND, "E"], "Code"],
  [[COMMAND, "/"], "Show these shortcuts"],
];
const MARKUP = ["**bold**", "*italic*", "`code`", "> quote", "- list", "~~struck~~"];

/** The dialog with the keyboard shortcuts and the Markdown of messages. */
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
      build("h2", "", "Formatting"),
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
