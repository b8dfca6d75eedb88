/** Whether the reader is here for others: the sign at their own face, and the word below their name. */
export class MyPresence {
  #connection;
  #face;
  #state;

  constructor({ document, connection }) {
    this.#connection = connection;
    this.#face = document.querySelector("[data-my-presence]");
    this.#state = document.querySelector("[data-my-state]");
  }

  render() {
    const { connected } = this.#connection;
    this.#face.dataset.presence = connected ? "here" : "away";
    this.#state.textContent = connected ? "Here" : "Not connected";
  }
}
