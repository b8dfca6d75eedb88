import { leaveTo } from "../leaving.js";
import { closeDialogs, letClose } from "./dialogs.js";

const ANSWER_WITHIN_MS = 8000;
const AGAIN_AFTER_MS = 5000;

/** Signing out on purpose: also deletes the data that this browser stores for the reader. */
export class SignOut {
  #form; // what is sent: for this browser, or for all
  #unsent;
  #everywhere;
  #stillSignedIn;
  #me;
  #outbox;
  #belongings;
  #clock;
  #isWanted = false;
  #isAsking = false;
  #timer;

  constructor({ document, me, outbox, belongings, clock }) {
    this.#me = me;
    this.#outbox = outbox;
    this.#belongings = belongings;
    this.#clock = clock;
    this.#unsent = document.querySelector("[data-unsent]");
    this.#stillSignedIn = document.querySelector("[data-still-signed-in]");
    this.#everywhere = document.querySelector("[data-everywhere]");
    for (const id of ["sign-out", "sign-out-everywhere"]) {
      document.getElementById(id).addEventListener("submit", (event) => this.#submitted(event));
    }
    for (const question of [this.#unsent, this.#everywhere]) {
      question.addEventListener("close", () => question.returnValue && this.#begin());
    }
    this.#stillSignedIn.addEventListener("close", () => this.#stay());
    const again = this.#stillSignedIn.querySelector("[data-again]");
    again.addEventListener("click", () => this.#signOut());
    for (const dialog of [this.#unsent, this.#everywhere, this.#stillSignedIn]) letClose(dialog);
  }

  /** There is a connection (again): does a sign-out that was requested without one. */
  async connected() {
    if (this.#isWanted) await this.#signOut();
  }

  #submitted(event) {
    if (event.submitter?.matches("[data-banner-sign-in]")) return; // the session has ended by itself
    event.preventDefault();
    this.#form = event.target;
    const isUnsent = this.#outbox.rooms().length > 0;
    this.#everywhere.querySelector("[data-everywhere-unsent]").hidden = !isUnsent;
    if (this.#form.id === "sign-out-everywhere") this.#ask(this.#everywhere);
    else if (isUnsent) this.#ask(this.#unsent);
    else this.#begin();
  }

  #ask(question) {
    closeDialogs();
    question.returnValue = "";
    question.showModal();
  }

  #begin() {
    this.#isWanted = true;
    this.#signOut();
  }

  async #signOut() {
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
