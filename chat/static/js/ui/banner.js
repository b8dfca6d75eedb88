import { Outage } from "../models/outage.js";

const TICK_MS = 250;
const CONNECTING = "Connecting…";
const DELAYS = "Messages from some people may come late right now. None will be missing.";
const WORDS = {
  unavailable:
    "Older messages can’t be loaded right now. New ones arrive, and the rest will follow.",
  rate_limited: "That was a lot at once. The messages will load in a moment.",
  timeout: "The server isn’t answering. Trying again…",
};

/** Shows what is wrong with the connection, until all missed messages are loaded. */
export class Banner {
  #lobby;
  #connection;
  #clock;
  #isKept;
  #outage;
  #root;
  #icon;
  #text;
  #countdown;
  #retry;
  #signIn;
  #ticking;

  /**
   * @param {{isKept: () => boolean, onDone: () => void}} options `isKept`: whether unsent messages
   *   and drafts survive a reload; `onDone`: called when the used control is about to hide
   */
  constructor({ document, lobby, connection, clock, isKept, onDone }) {
    this.#lobby = lobby;
    this.#connection = connection;
    this.#clock = clock;
    this.#isKept = isKept;
    this.#outage = new Outage({ clock });
    this.#root = document.querySelector("[data-banner]");
    this.#icon = this.#root.querySelector("use");
    this.#text = document.querySelector("[data-banner-text]");
    this.#countdown = document.querySelector("[data-banner-countdown]");
    this.#retry = document.querySelector("[data-banner-retry]");
    this.#signIn = document.querySelector("[data-banner-sign-in]");
    this.#retry.addEventListener("click", () => {
      connection.check();
      onDone();
    });
  }

  render() {
    const { live, complete } = this.#lobby.current;
    const { connected, delayed, handedOver, refused } = this.#connection;
    const told = this.#outage.isToldOf({ complete, handedOver });
    const outside = !live && this.#lobby.problem;
    const late = connected && delayed && !told && !refused && !outside;
    this.#root.hidden = !told && !refused && !outside && !late;
    if (!this.#root.hidden) this.#describe({ late });
    this.#tick(!complete);
  }

  #describe({ late }) {
    const { connected, refused, reconnector } = this.#connection;
    const waiting = !connected && reconnector.retryAt !== null;
    this.#retry.hidden = !waiting;
    this.#signIn.hidden = !refused;
    this.#icon.setAttribute("href", late ? "#icon-clock" : "#icon-offline");
    const text = late ? DELAYS : this.#words({ connected, refused, failed: reconnector.failed });
    if (this.#text.textContent !== text) this.#text.textContent = text;
    this.#countdown.hidden = connected || refused || !reconnector.failed;
    this.#countdown.textContent = waiting ? this.#wait : CONNECTING;
  }

  /** The text must not change within a state, because screen readers speak each change. */
  #words({ connected, refused, failed }) {
    if (refused) return `You’re signed out. ${this.#promise}`;
    if (connected) return explain(this.#lobby.problem);
    if (!failed) return CONNECTING;
    return `${navigator.onLine ? "No connection to the chat." : "You’re offline."} ${this.#promise}`;
  }

  get #wait() {
    const seconds = secondsIn(this.#connection.reconnector.retryAt - this.#clock.ticks());
    return `Trying again in ${seconds}\u00a0s.`;
  }

  get #promise() {
    return this.#isKept()
      ? "What you write will be sent when you’re back."
      : "What you write will be sent when you’re back, if you keep this page open.";
  }

  /** Renders by a timer, because a hidden tab has no frames, and nothing else triggers a render. */
  #tick(broken) {
    this.#clock.clearTimeout(this.#ticking);
    if (broken) this.#ticking = this.#clock.setTimeout(() => this.render(), TICK_MS);
  }
}

function explain(problem) {
  if (problem === null) return "You’re back. Loading what you missed…";
  return WORDS[problem.code] ?? problem.message;
}

const secondsIn = (ms) => Math.max(1, Math.ceil(ms / 1000));
