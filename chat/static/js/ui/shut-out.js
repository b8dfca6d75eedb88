import { build } from "./build.js";
import { buildDialog } from "./dialogs.js";
import { send } from "./forms.js";

const CONSEQUENCE =
  "They’re signed out everywhere at once, and can’t come back until an administrator lets them in again.";

/** What an administrator does to somebody from the person's card. */
export class ShutOut {
  #token;
  #dialog;
  #question = build("h2");
  #consequence = build("p", "dialog-text", CONSEQUENCE);
  #error = build("p", "field-error");
  #confirm = build("button", "button button-danger", "Shut out");
  #person;

  constructor({ document }) {
    this.#token = document.querySelector("#sign-out [name=csrf_token]").value;
    this.#error.setAttribute("role", "alert");
    const keep = build("button", "button button-plain", "Cancel");
    keep.autofocus = true;
    keep.addEventListener("click", () => this.#dialog.close());
    this.#confirm.addEventListener("click", () => this.#shutOut());
    const deeds = build("div", "dialog-deeds", keep, this.#confirm);
    const content = [this.#question, this.#consequence, this.#error, deeds];
    this.#dialog = buildDialog("", "Shut out", ...content);
  }

  /** Asks first, because the person is interrupted in what they do. */
  ask(person) {
    this.#person = person;
    this.#error.textContent = "";
    const name = build("bdi");
    name.textContent = person.name;
    this.#question.replaceChildren("Shut out ", name, "?");
    this.#dialog.showModal();
  }

  async #shutOut() {
    this.#confirm.disabled = true;
    try {
      await send("/people/shut-out", this.#form(this.#person));
      this.#dialog.close();
    } catch ({ message }) {
      this.#error.textContent = message;
    }
    this.#confirm.disabled = false;
  }

  /** @throws {Error} with a message for the reader */
  async letIn(person) {
    await send("/people/let-in", this.#form(person));
  }

  #form(person) {
    const form = new FormData();
    form.append("csrf_token", this.#token);
    form.append("person", person.id);
    return form;
  }
}
