const SHOWN_AFTER_MS = 2000;
const SHOWN_AFTER_HANDOVER_MS = 8000; // a planned stop: the next server is on its way

/** Says what is wrong with the connection, from two seconds on until everything missed is here. */
export class Banner {
  #lobby;
  #connection;
  #clock;
  #root;
  #text;
  #retry;
  #signIn;
  #brokenSince = null;
  #ticking;

  constructor({ document, lobby, connection, clock }) {
    this.#lobby = lobby;
    this.#connection = connection;
    this.#clock = clock;
    this.#root = document.querySelector("[data-banner]");
    this.#text = document.querySelector("[data-banner-text]");
    this.#retry = document.querySelector("[data-banner-retry]");
    this.#signIn = document.querySelector("[data-banner-sign-in]");
    this.#retry.addEventListener("click", () => connection.check());
  }

  render() {
    const now = this.#clock.now();
    this.#brokenSince = this.#lobby.current.live ? null : (this.#brokenSince ?? now);
    const broken = this.#brokenSince !== null;
    this.#root.hidden = !broken || now - this.#brokenSince < this.#patienceMs;
    if (!this.#root.hidden) this.#describe(now);
    this.#tick(broken);
  }

  get #patienceMs() {
    if (this.#connection.refused) return 0;
    return this.#connection.handedOver ? SHOWN_AFTER_HANDOVER_MS : SHOWN_AFTER_MS;
  }

  #describe(now) {
    const { connected, refused, reconnector } = this.#connection;
    const waiting = !connected && reconnector.retryAt !== null;
    this.#retry.hidden = !waiting;
    this.#signIn.hidden = !refused;
    const text = this.#words({ connected, refused, waiting, now });
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }

  #words({ connected, refused, waiting, now }) {
    if (refused) return "You are signed out here. What you wrote is kept.";
    if (connected) return this.#lobby.problem ?? "Connected. Fetching what you missed…";
    if (waiting) return countdown(this.#connection.reconnector.retryAt - now);
    return "Connecting…";
  }

  /** A timer of its own: frames stop in a hidden tab, and nothing else changes while waiting. */
  #tick(broken) {
    this.#clock.clearTimeout(this.#ticking);
    if (broken) this.#ticking = this.#clock.setTimeout(() => this.render(), 250);
  }
}

function countdown(ms) {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return `No connection. Trying again in ${seconds} s; what you write is kept.`;
}
