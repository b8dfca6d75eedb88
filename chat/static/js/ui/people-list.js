import { plural } from "../lib/text.js";
import { paintAvatar } from "./avatar.js";
import { build } from "./build.js";
import { reconcile } from "./reconcile.js";

const MOST_FACES = 3;

export class PeopleList {
  #lobby;
  #me;
  #list;
  #more;
  #counts;
  #faces;
  #shownFaces = "";
  #template;
  #known = new Map();

  constructor({ document, lobby, me }) {
    this.#lobby = lobby;
    this.#me = me;
    this.#list = document.querySelector("[data-people]");
    this.#more = document.querySelector("[data-people-more]");
    this.#counts = document.querySelectorAll("[data-people-count]");
    this.#faces = document.querySelector("[data-people-faces]");
    this.#template = document.getElementById("person-template");
    this.#list.addEventListener("keydown", (event) => this.#pressed(event));
  }

  render() {
    const { people } = this.#lobby.current;
    // A person with a new name gets a new row: its place may be another one.
    const items = people.sorted.map((person) => ({ key: `${person.id} ${person.name}`, person }));
    reconcile(this.#list, items, this.#known, {
      create: ({ person }) => this.#create(person),
      update: () => {},
    });
    this.#renderFaces(people.sorted);
    this.#more.hidden = people.unnamed === 0;
    this.#more.textContent = `and ${plural(people.unnamed, "more person", "more people")}`;
    for (const count of this.#counts) count.textContent = people.count || "";
  }

  /** Shows the avatars of a few other people in the room; the reader's if there are no others. */
  #renderFaces(people) {
    const others = people.filter(({ id }) => id !== this.#me.id);
    const shown = (others.length > 0 ? others : people).slice(0, MOST_FACES);
    const key = shown.map(({ id }) => id).join(" ");
    if (key === this.#shownFaces) return;
    this.#shownFaces = key;
    this.#faces.replaceChildren(...shown.map(faceOf));
  }

  /** Arrow keys go from person to person: up to 200 of them are one stop of Tab. */
  #pressed(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...this.#list.querySelectorAll("button")];
    const at = buttons.indexOf(event.target);
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), buttons.length - 1);
    buttons[next]?.focus();
  }

  #create(person) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.dataset.personId = person.id;
    paintAvatar(row.querySelector("[data-avatar]"), person);
    row.querySelector("[data-person-name]").textContent = person.name;
    row.querySelector("[data-person-you]").hidden = person.id !== this.#me.id;
    return row;
  }
}

function faceOf(person) {
  const face = build("span", "avatar avatar-tiny");
  paintAvatar(face, person);
  return face;
}
