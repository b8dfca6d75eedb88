import { leaveTo } from "../leaving.js";
import { closeDialogs, letClose } from "./dialogs.js";

const ANSWER_WITHIN_MS = 8000;
const AGAIN_AFTER_MS = 5000;

/** Signing out on purpose: also deletes the data that this browser stores for the reader. */
export class SignOut {
  #form;
  #unsent;
  #stillSignedIn;
  #me;
  #outbox;
  #belongings;
  #clock;
  #isWanted = false;
  #isAsking = false;
  #timer;

  constructor({ document, me, outbox, belongings, clock }) {
    this.#form = document.getElementById("sign-out");
    this.#me = me;
    this.#outbox = outbox;
    this.#belongings = belongings;
    this.#clock = clock;
    this.#unsent = document.querySelector("[data-unsent]");
    this.#stillSignedIn = document.querySelector("[data-still-signed-in]");
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.#unsent.addEventListener("close", () => this.#unsent.returnValue && this.#begin());
    this.#stillSignedIn.addEventListener("close", () => this.#stay());
    const again = this.#stillSignedIn.querySelector("[data-again]");
    again.addEventListener("click", () => this.#ask());
    for (const dialog of [this.#unsent, this.#stillSignedIn]) letClose(dialog);
  }

  /** There is a connection (again): does a sign-out that was requested without one. */
  async connected() {
    if (this.#isWanted) await this.#ask();
  }

  #submitted(event) {
    if (event.submitter?.matches("[data-banner-sign-in]")) return; // the session has ended by itself
    event.preventDefault();
    if (this.#outbox.rooms().length === 0) return this.#begin();
    closeDialogs();
    this.#unsent.returnValue = "";
    this.#unsent.showModal();
  }

  #begin() {
    this.#isWanted = true;
    this.#ask();
  }

  async #ask() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#clock.clearTimeout(this.#timer);
    try {
      await this.#post();
    } catch {
      this.#wait(); // no connection: submitting the form would show the browser's error page
    } finally {
      this.#isAsking = false;
    }
  }

  async #post() {
    this.#belongings.leave(this.#me);
    const answer = await fetch(this.#form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(this.#form)),
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!answer.ok) return this.#form.submit(); // the server's answer is a page with the error
    leaveTo((await answer.json()).next);
    location.assign("/");
  }

  #wait() {
    if (!this.#isWanted) return;
    if (!this.#stillSignedIn.open) {
      closeDialogs();
      this.#stillSignedIn.showModal(); // covers the chat, because other people may see the screen
    }
    this.#timer = this.#clock.setTimeout(() => this.connected(), AGAIN_AFTER_MS);
  }

  #stay() {
    this.#isWanted = false;
    this.#clock.clearTimeout(this.#timer);
    this.#belongings.stay();
  }
}
