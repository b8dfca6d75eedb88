import { herePhrase, sincePhrase } from "../lib/since.js";
import { paintAvatar } from "./avatar.js";
import { build, buildIcon } from "./build.js";
import { letClose, toggleDialog } from "./dialogs.js";
import { ask, send } from "./forms.js";

const HANDHELD = /iPhone|iPad|Android/;

/** The dialog with the reader's name, and where the reader is signed in. */
export class Profile {
  #me;
  #dialog;
  #form;
  #field;
  #error;
  #list;
  #note;

  constructor({ document, me }) {
    this.#me = me;
    this.#dialog = document.querySelector("[data-profile]");
    this.#form = part(this.#dialog, "profile-form");
    this.#field = part(this.#dialog, "profile-name");
    this.#error = part(this.#dialog, "profile-error");
    this.#list = part(this.#dialog, "sessions");
    this.#note = part(this.#dialog, "sessions-note");
    for (const button of this.#dialog.querySelectorAll("[data-profile-close]")) {
      button.addEventListener("click", () => this.#dialog.close());
    }
    this.#field.addEventListener("input", () => this.#paint());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    letClose(this.#dialog);
  }

  open() {
    toggleDialog(this.#dialog, () => {
      this.#field.value = this.#me.name;
      this.#refuse("");
      this.#paint();
      this.#showSessions();
    });
  }

  #paint() {
    const name = this.#field.value.trim() || this.#me.name;
    paintAvatar(part(this.#dialog, "profile-face"), { id: this.#me.id, name });
  }

  async #save() {
    if (this.#field.readOnly || this.#field.value === this.#me.name) return this.#dialog.close();
    try {
      await send(this.#form.action, new FormData(this.#form));
      location.reload(); // all of the page has the name
    } catch ({ message }) {
      this.#refuse(message);
      this.#field.focus();
    }
  }

  #refuse(words) {
    this.#error.textContent = words;
    this.#field.setAttribute("aria-invalid", String(words !== ""));
  }

  async #showSessions() {
    this.#list.replaceChildren();
    this.#note.textContent = "";
    try {
      const { sessions } = await ask("/account/sessions");
      const now = new Date();
      this.#list.replaceChildren(...sessions.map((session) => this.#rowOf(session, now)));
    } catch ({ message }) {
      this.#note.textContent = message;
    }
  }

  #rowOf(session, now) {
    const device = build("b", "", session.device);
    const words = build("p", "session-words", device);
    if (session.this) words.append(" ", build("span", "session-this", "This one"));
    words.append(build("span", "session-when", whenOf(session, now)));
    const icon = buildIcon(HANDHELD.test(session.device) ? "handset" : "system");
    const row = build("li", "session", icon, words);
    if (!session.this) row.append(this.#buttonOf(session, row));
    return row;
  }

  #buttonOf({ id, device }, row) {
    const button = build("button", "button button-plain", "Sign out");
    button.setAttribute("aria-label", `Sign out: ${device}`);
    button.addEventListener("click", async () => {
      button.disabled = true;
      await this.#end(id, device, row);
      button.disabled = false;
    });
    return button;
  }

  async #end(id, device, row) {
    const form = new FormData(this.#form);
    form.append("session", id);
    try {
      await send("/account/sessions/end", form);
      row.remove();
      this.#list.focus();
      this.#note.textContent = `Signed out: ${device}`;
    } catch ({ message }) {
      this.#note.textContent = message;
    }
  }
}

function whenOf({ this: isThis, here, since, last_seen: seen }, now) {
  if (isThis) return sincePhrase(new Date(1000 * since), now);
  return here ? "Here now" : herePhrase(new Date(1000 * seen), now);
}

const part = (root, name) => root.querySelector(`[data-${name}]`);
