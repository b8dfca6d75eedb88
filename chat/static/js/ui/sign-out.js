const QUESTION = "Some of your messages were not sent yet. Sign out and delete them?";

/** Signing out on purpose: what this browser keeps for the reader goes, too. */
export class SignOut {
  #me;
  #outbox;
  #belongings;

  constructor({ document, me, outbox, belongings }) {
    this.#me = me;
    this.#outbox = outbox;
    this.#belongings = belongings;
    const form = document.getElementById("sign-out");
    form.addEventListener("submit", (event) => this.#submitted(event));
  }

  #submitted(event) {
    if (event.submitter?.matches("[data-banner-sign-in]")) return; // the session has ended by itself
    if (this.#outbox.rooms().length > 0 && !confirm(QUESTION)) return event.preventDefault();
    this.#belongings.leave(this.#me);
  }
}
