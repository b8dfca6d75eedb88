import { REQUESTS } from "../contract.js";
import { lastHerePhrase } from "../lib/since.js";
import { paintAvatar } from "./avatar.js";
import { build, buildIcon } from "./build.js";
import { ShutOut } from "./shut-out.js";

const SHUT_OUT = "Shut out…";
const GAP_PX = 12; // to what the card belongs to, and to the edges of the window

/** The card of a person: name, whether they are here, and what one can do. */
export class PersonCard {
  #me;
  #request;
  #root;
  #face = build("span", "avatar avatar-large");
  #name = build("bdi");
  #state = build("span");
  #deed = build("button", "button button-plain");
  #ban = build("button", "button button-quiet person-card-ban");
  #person;
  #isShutOut = false;
  #shutOut;

  constructor({ me, request, onMention, onProfile }) {
    this.#me = me;
    this.#request = request;
    if (me.isAdministrator) this.#shutOut = new ShutOut({ document });
    this.#ban.addEventListener("click", () => this.#toggleBan());
    this.#root = this.#build();
    this.#deed.addEventListener("click", () => {
      this.#root.hidePopover();
      if (this.#isMe) onProfile();
      else onMention(this.#person.name);
    });
    document.body.append(this.#root);
  }

  /**
   * @param {Person} person
   * @param {HTMLElement} anchor what was clicked; the card is placed beside it
   */
  show(person, anchor) {
    this.#person = person;
    this.#paint(person);
    this.#tell("", "");
    this.#root.showPopover();
    this.#place(anchor.getBoundingClientRect());
    this.#deed.focus();
    this.#look(person);
  }

  get #isMe() {
    return this.#person.id === this.#me.id;
  }

  #build() {
    const close = build("button", "icon-button person-card-close", buildIcon("close"));
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => this.#root.hidePopover());
    this.#face.setAttribute("aria-hidden", "true");
    const heading = build("h2", "person-card-name", this.#name);
    heading.id = "person-card-name";
    const state = build("p", "person-card-state", this.#state);
    state.setAttribute("role", "status");
    const deeds = [this.#deed, this.#ban, close];
    const root = build("section", "person-card", this.#face, heading, state, ...deeds);
    root.popover = "auto";
    root.setAttribute("role", "dialog");
    root.setAttribute("aria-labelledby", heading.id);
    return root;
  }

  #paint(person) {
    paintAvatar(this.#face, person);
    this.#root.dataset.colour = this.#face.dataset.colour;
    this.#name.textContent = person.name;
    const [icon, label] = this.#isMe ? ["user", "Your profile"] : ["at", "Mention"];
    this.#deed.replaceChildren(buildIcon(icon), label);
    // There from the start, because the card is placed before the answer comes.
    this.#ban.hidden = !this.#shutOut || this.#isMe;
    this.#ban.disabled = true;
    this.#ban.textContent = SHUT_OUT;
  }

  /** Beside the anchor, where there is space; css/person-card.css has the place on a phone. */
  #place(anchor) {
    const { offsetWidth: width, offsetHeight: height } = this.#root;
    const right = anchor.right + GAP_PX;
    const isRight = right + width + GAP_PX <= innerWidth;
    const left = isRight ? right : Math.max(GAP_PX, anchor.left - GAP_PX - width);
    const top = Math.max(GAP_PX, Math.min(anchor.top, innerHeight - GAP_PX - height));
    this.#root.style.setProperty("--left", `${left}px`);
    this.#root.style.setProperty("--top", `${top}px`);
  }

  async #look(person) {
    try {
      const { people } = await this.#request(REQUESTS.people, { ids: [person.id] });
      if (person === this.#person) this.#say(people[0]);
    } catch (error) {
      if (!error.code) throw error;
      if (person === this.#person) this.#tell("unknown", "Not known without a connection");
    }
  }

  /** @param {{here: boolean, last_here?: number} | undefined} found undefined: unknown here */
  #say({ here, last_here: at, shut_out: isShutOut = false } = {}) {
    this.#isShutOut = isShutOut;
    this.#ban.disabled = false;
    this.#ban.textContent = isShutOut ? "Let in again" : SHUT_OUT;
    if (isShutOut) this.#tell("away", "Shut out by an administrator");
    else if (here) this.#tell("here", "Here now");
    else this.#tell("away", at ? lastHerePhrase(new Date(1000 * at), new Date()) : "Not here");
  }

  async #toggleBan() {
    const person = this.#person;
    if (!this.#isShutOut) {
      this.#root.hidePopover();
      return this.#shutOut.ask(person);
    }
    try {
      await this.#shutOut.letIn(person);
      this.#look(person);
    } catch ({ message }) {
      this.#tell("unknown", message);
    }
  }

  #tell(presence, words) {
    this.#root.dataset.presence = presence;
    this.#state.textContent = words;
  }
}
