import { commandName } from "../lib/keys.js";

/** Replaces "Ctrl", which the server's pages contain, by the name of this computer's command key. */
export function nameCommandKey(document) {
  const named = (text) => text.replace("Ctrl", commandName());
  for (const key of document.querySelectorAll("kbd")) key.textContent = named(key.textContent);
  for (const element of document.querySelectorAll("[title*=Ctrl]")) {
    element.title = named(element.title);
  }
}
