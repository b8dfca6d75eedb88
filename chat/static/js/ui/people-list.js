import { plural } from "../lib/text.js";
import { paintAvatar } from "./avatar.js";
import { reconcile } from "./reconcile.js";

export class PeopleList {
  #lobby;
  #me;
  #list;
  #more;
  #counts;
  #template;
  #known = new Map();

  constructor({ document, lobby, me }) {
    this.#lobby = lobby;
    this.#me = me;
    this.#list = document.querySelector("[data-people]");
    this.#more = document.querySelector("[data-people-more]");
    this.#counts = document.querySelectorAll("[data-people-count]");
    this.#template = document.getElementById("person-template");
  }

  render() {
    const { people } = this.#lobby.current;
    const items = people.sorted.map((person) => ({ key: person.id, person }));
    reconcile(this.#list, items, this.#known, {
      create: ({ person }) => this.#create(person),
      update: () => {},
    });
    this.#more.hidden = people.unnamed === 0;
    this.#more.textContent = `and ${plural(people.unnamed, "more person", "more people")}`;
    for (const count of this.#counts) count.textContent = people.count || "";
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
