/** Shows whether the reader is connected; without a connection the presence of others is unknown. */
export class MyPresence {
  #connection;
  #face;
  #people;
  #state;

  constructor({ document, connection }) {
    this.#connection = connection;
    this.#face = document.querySelector("[data-my-presence]");
    this.#people = document.querySelector("[data-people]");
    this.#state = document.querySelector("[data-my-state]");
  }

  render() {
    const { connected } = this.#connection;
    this.#face.dataset.presence = connected ? "here" : "away";
    this.#people.toggleAttribute("data-unknown", !connected);
    this.#state.textContent = connected ? "Here" : "Not connected";
  }
}
