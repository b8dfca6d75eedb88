import { parts } from "../late-parts.js";

/** Opens the cards of people and the reader's profile; both are loaded when they are first needed. */
export class AboutPeople {
  #document;
  #context;
  #card = null;
  #profile = null;

  /** @param {{document, me: Person, request: Function, onMention: (name: string) => void}} options */
  constructor({ document, me, request, onMention }) {
    this.#document = document;
    this.#context = { me, request, onMention, onProfile: () => this.#openProfile() };
    document.querySelector("[data-open-profile]").addEventListener("click", () => {
      this.#openProfile();
    });
    document.addEventListener("click", ({ target }) => {
      const anchor = target.closest("[data-about-person]");
      if (anchor) this.#openCard(anchor);
    });
  }

  async #openCard(anchor) {
    const row = anchor.closest("[data-person-id]");
    const name = row.querySelector("[data-author], [data-person-name]").textContent;
    const part = await parts.personCard.get().catch(() => null); // fails without a connection
    if (!part) return;
    this.#card ??= new part.PersonCard(this.#context);
    this.#card.show({ id: row.dataset.personId, name }, anchor);
  }

  async #openProfile() {
    const part = await parts.profile.get().catch(() => null); // fails without a connection
    if (!part) return;
    this.#profile ??= new part.Profile({ document: this.#document, me: this.#context.me });
    this.#profile.open();
  }
}
