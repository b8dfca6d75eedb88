import { Outage } from "../models/outage.js";

const TICK_MS = 250;

/**
 * Shows whether the reader is connected; without a connection the presence of others is unknown.
 *
 * A short outage isn't shown: while servers are replaced, everybody moves to another one.
 */
export class MyPresence {
  #connection;
  #clock;
  #outage;
  #face;
  #people;
  #state;
  #ticking;

  constructor({ document, connection, clock }) {
    this.#connection = connection;
    this.#clock = clock;
    this.#outage = new Outage({ clock });
    this.#face = document.querySelector("[data-my-presence]");
    this.#people = document.querySelector("[data-people]");
    this.#state = document.querySelector("[data-my-state]");
  }

  render() {
    const { connected, handedOver, refused, wasOpen } = this.#connection;
    const told = this.#outage.isToldOf({ complete: connected, handedOver });
    const here = connected || (wasOpen && !told && !refused);
    this.#face.dataset.presence = here ? "here" : "away";
    this.#people.toggleAttribute("data-unknown", !here);
    this.#state.textContent = here ? "Here" : "Not connected";
    this.#tick(!connected && !told);
  }

  /** Renders by a timer, because nothing else triggers a render when the outage is told of. */
  #tick(waits) {
    this.#clock.clearTimeout(this.#ticking);
    if (waits) this.#ticking = this.#clock.setTimeout(() => this.render(), TICK_MS);
  }
}
