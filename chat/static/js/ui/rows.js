import { dayLabel, fullTime, shortTime } from "../lib/days.js";
import { report } from "../page-errors.js";
import { paintAvatar } from "./avatar.js";
import { showText } from "./message-text.js";

/** The rows of the timeline: creates each kind of item from its <template>, and updates it. */
export class Rows {
  #document;
  #context;

  /** @param {() => {me: Person, room: Room}} context */
  constructor(document, context) {
    this.#document = document;
    this.#context = context;
  }

  create = (item) => {
    const template = this.#document.getElementById(`${item.kind}-template`);
    const row = template.content.firstElementChild.cloneNode(true);
    row.dataset.key = item.key;
    if (item.kind === "message") this.#fill(row, item.entry.message);
    return row;
  };

  update = (row, item) => {
    if (item.kind === "message") this.#updateMessage(row, item);
    if (item.kind === "day") this.#updateDay(row, item);
    if (item.kind === "new") this.#updateNew(row);
    if (item.kind === "beginning") this.#updateBeginning(row, item);
  };

  #fill(row, message) {
    const { user, text, client_id } = message;
    const { me, room } = this.#context();
    row.dataset.clientId = client_id;
    row.dataset.own = user.id === me.id;
    row.dataset.personId = user.id;
    part(row, "author").textContent = user.name;
    try {
      paintAvatar(part(row, "avatar"), user);
      row.toggleAttribute("data-mentions-me", room.mentionsMe(message));
      showText(part(row, "text"), text, { name: me.name, others: () => room.names });
    } catch (error) {
      part(row, "text").textContent = text; // an error in one message must not affect the others
      report(error);
    }
  }

  #updateMessage(row, { entry, sentAt, continued }) {
    const state = stateOf(entry);
    row.classList.toggle("message-continued", continued);
    if (row.dataset.state === state && row.dataset.sentAt === entry.message.sent_at) return;
    row.dataset.state = state;
    row.dataset.sentAt = entry.message.sent_at;
    this.#writeTime(row, sentAt);
    part(row, "status").hidden = state !== "slow" && state !== "failed";
    part(row, "status-text").textContent =
      state === "failed"
        ? `Not sent: ${entry.error}`
        : "Not sent yet. It will be sent automatically.";
  }

  #writeTime(row, sentAt) {
    for (const time of [part(row, "time"), part(row, "margin-time")]) {
      time.dateTime = sentAt.toISOString();
      time.textContent = shortTime(sentAt);
      time.title = fullTime(sentAt);
    }
  }

  #updateDay(row, { day }) {
    const time = row.querySelector("time");
    const label = dayLabel(day, new Date());
    if (time.textContent === label) return;
    time.dateTime = day;
    time.textContent = label;
  }

  #updateNew(row) {
    const { newCount, newSince } = this.#context().room;
    const text = `${newCount} new since ${shortTime(newSince)}`;
    const line = part(row, "new-text");
    if (line.textContent !== text) line.textContent = text;
  }

  #updateBeginning(row, { empty }) {
    const state = `${this.#context().room.id} ${empty}`;
    if (row.dataset.state === state) return;
    row.dataset.state = state;
    const { title } = this.#context().room;
    row.classList.toggle("beginning-empty", empty);
    part(row, "beginning-title").textContent = empty
      ? `It’s quiet in ${title}`
      : `This is the beginning of ${title}`;
    part(row, "beginning-text").textContent = empty
      ? "Nobody has said anything yet. Be the first."
      : "Everything said in this room is below.";
    part(row, "starters").hidden = !empty;
  }
}

function stateOf({ pending, slow, error }) {
  if (!pending) return "sent";
  if (error) return "failed";
  return slow ? "slow" : "pending";
}

const part = (row, name) => row.querySelector(`[data-${name}]`);
