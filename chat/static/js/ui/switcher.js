import { isComposing } from "../lib/keys.js";
import { bestMatches } from "../lib/search.js";
import { short } from "../lib/text.js";
import { build, buildIcon } from "./build.js";
import { buildDialog, toggleDialog } from "./dialogs.js";
import { Listbox } from "./listbox.js";

/** Opens a room by a few letters of its name. */
export class Switcher {
  #lobby;
  #onSelect;
  #field = build("input", "switcher-field");
  #nothing = build("p", "switcher-nothing", "No room has this name.");
  #listbox;
  #dialog;

  constructor({ lobby, onSelect }) {
    this.#lobby = lobby;
    this.#onSelect = onSelect;
    const list = build("ul", "options");
    list.id = "switcher-rooms";
    list.setAttribute("aria-label", "Rooms");
    this.#nothing.setAttribute("role", "status");
    this.#prepareField();
    this.#dialog = buildDialog(
      "switcher",
      "Go to a room",
      build("div", "switcher-find", buildIcon("search"), this.#field),
      list,
      this.#nothing,
      hints(),
    );
    this.#listbox = new Listbox({
      field: this.#field,
      list,
      create: (room) => optionOf(room, lobby.unread.of(room.id)),
      onPick: (room) => this.#pick(room),
    });
  }

  toggle() {
    toggleDialog(this.#dialog, () => {
      this.#field.value = "";
      this.#show();
    });
  }

  #prepareField() {
    const field = this.#field;
    field.type = "text";
    field.placeholder = "Go to a room";
    field.autocomplete = "off";
    field.spellcheck = false;
    field.dir = "auto";
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-label", "Name of the room");
    field.setAttribute("aria-expanded", "true");
    field.addEventListener("input", () => this.#show());
    field.addEventListener("keydown", (event) => {
      if (!isComposing(event) && this.#listbox.pressed(event)) event.preventDefault();
    });
  }

  /** Rooms with unread messages come first, the current room last. */
  #show() {
    const { rooms, current, unread } = this.#lobby;
    const rank = (room) => (room === current ? 2 : Number(unread.of(room.id) === 0));
    const sorted = rooms.toSorted((a, b) => rank(a) - rank(b));
    const found = bestMatches(sorted, this.#field.value, ({ title }) => title);
    this.#listbox.show(found);
    this.#nothing.hidden = found.length > 0;
  }

  #pick({ id }) {
    this.#dialog.close();
    this.#onSelect(id);
  }
}

function optionOf({ title, topic }, unread) {
  const label = build("bdi", "option-label cut", title);
  const option = build("li", "option", buildIcon("hash"), label);
  if (topic) option.append(build("bdi", "option-detail cut", topic));
  if (unread > 0) option.append(build("span", "badge", short(unread)));
  return option;
}

function hints() {
  const keys = [
    [["↑", "↓"], "choose"],
    [["⏎"], "open"],
    [["Esc"], "close"],
  ];
  const each = keys.map(([signs, text]) =>
    build("span", "", ...signs.flatMap((sign) => [build("kbd", "", sign), " "]), text),
  );
  const line = build("p", "switcher-hints for-keyboards", ...each);
  line.setAttribute("aria-hidden", "true"); // a screen reader says it of an empty combobox itself
  return line;
}
