import { short } from "../lib/text.js";

/** The links to the rooms with their unread counts, and the total count in the window's title. */
export class RoomList {
  #lobby;
  #document;
  #appTitle;
  #links;
  #heading;
  #topic;
  #elsewhere;
  #total;
  #drafts;

  constructor({ document, lobby, drafts, appTitle, onSelect }) {
    this.#lobby = lobby;
    this.#drafts = drafts;
    this.#document = document;
    this.#appTitle = appTitle;
    this.#links = [...document.querySelectorAll("[data-room-link]")];
    this.#heading = document.querySelector("[data-room-title]");
    this.#topic = document.querySelector("[data-room-topic]");
    this.#elsewhere = document.querySelectorAll("[data-unread-elsewhere]");
    this.#total = document.querySelector("[data-unread-total]");
    for (const link of this.#links) {
      if (link.hasAttribute("aria-current")) link.scrollIntoView({ block: "center" });
      link.addEventListener("click", (event) => {
        if (opensElsewhere(event)) return;
        event.preventDefault();
        onSelect(link.dataset.roomLink);
      });
    }
  }

  render() {
    const { current, unread, totalUnread: total } = this.#lobby;
    for (const link of this.#links) this.#renderLink(link, current);
    this.#heading.textContent = current.title;
    this.#topic.textContent = this.#topic.title = current.topic;
    this.#topic.hidden = !current.topic;
    const elsewhere = total - unread.of(current.id);
    for (const sign of this.#elsewhere) sign.hidden = elsewhere === 0;
    this.#total.textContent = short(elsewhere);
    const title = `${current.title} · ${this.#appTitle}`;
    this.#document.title = total > 0 ? `(${short(total)}) ${title}` : title;
  }

  #renderLink(link, current) {
    const id = link.dataset.roomLink;
    if (id !== current.id) link.removeAttribute("aria-current");
    else if (!link.hasAttribute("aria-current")) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest" });
    }
    const hasDraft = id !== current.id && this.#drafts.has(id);
    link.querySelector("[data-draft]").hidden = !hasDraft;
    const count = this.#lobby.unread.of(id);
    const badge = link.querySelector("[data-unread]");
    badge.hidden = count === 0;
    const mentioned = count > 0 && this.#lobby.hasMention(id);
    badge.classList.toggle("badge-call", mentioned);
    badge.textContent = mentioned ? `@ ${short(count)}` : short(count);
    badge.title = `${short(count)} unread${mentioned ? ", and you’re mentioned" : ""}`;
  }
}

const opensElsewhere = ({ button, ctrlKey, metaKey, shiftKey }) =>
  button !== 0 || ctrlKey || metaKey || shiftKey;
