import { typingPhrase } from "../lib/phrases.js";

export class TypingLine {
  #line;
  #lobby;
  #shown = "[]";

  constructor({ document, lobby }) {
    this.#line = document.querySelector("[data-typing-line]");
    this.#lobby = lobby;
  }

  render() {
    const phrase = typingPhrase(this.#lobby.current.typists.names);
    if (JSON.stringify(phrase) === this.#shown) return;
    this.#shown = JSON.stringify(phrase);
    this.#line.replaceChildren(...phrase.map((part) => (part.name ? isolated(part.name) : part)));
  }
}

/** Isolates a name: a right-to-left name must not change the order of the words around it. */
function isolated(name) {
  const element = document.createElement("bdi");
  element.textContent = name;
  return element;
}
