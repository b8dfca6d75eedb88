import { commandName } from "../lib/keys.js";

/** Calls the key of commands what it is called on this computer; the server's pages say "Ctrl". */
export function nameCommandKey(document) {
  const named = (text) => text.replace("Ctrl", commandName());
  for (const key of document.querySelectorAll("kbd")) key.textContent = named(key.textContent);
  for (const element of document.querySelectorAll("[title*=Ctrl]")) {
    element.title = named(element.title);
  }
}
