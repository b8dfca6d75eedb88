import { typingPhrase } from "../lib/phrases.js";

export class TypingLine {
  #line;
  #lobby;

  constructor({ document, lobby }) {
    this.#line = document.querySelector("[data-typing-line]");
    this.#lobby = lobby;
  }

  render() {
    const phrase = typingPhrase(this.#lobby.current.typists.names);
    if (this.#line.textContent !== phrase) this.#line.textContent = phrase;
  }
}
