import { layout } from "../lib/layout.js";
import { plural } from "../lib/text.js";
import { reconcile } from "./reconcile.js";
import { Rows } from "./rows.js";
import { ScrollKeeper } from "./scroll-keeper.js";

const LOAD_OLDER_WITHIN_PX = 800;
const SPOKEN_AGAIN_AFTER_MS = 500;

export class Timeline {
  #lobby;
  #log;
  #rowsElement;
  #rows;
  #keeper;
  #older;
  #jump;
  #shown = null;
  #known = new Map();
  #places = new Map();

  constructor({ document, lobby, me, onStarter, onSeen }) {
    this.#lobby = lobby;
    this.#log = document.querySelector("[data-timeline]");
    this.#rowsElement = document.querySelector("[data-rows]");
    this.#rows = new Rows(document, () => ({ me, room: lobby.current }));
    this.#keeper = new ScrollKeeper({
      viewport: this.#log,
      content: document.querySelector("[data-timeline-content]"),
      rows: this.#rowsElement,
    });
    this.#older = olderParts(document);
    this.#jump = document.querySelector("[data-jump]");
    this.#listen(document, onStarter, onSeen);
  }

  /** Whether the newest message is in view. */
  get atBottom() {
    return this.#keeper.pinned;
  }

  toBottom() {
    this.#keeper.toBottom();
  }

  render() {
    const room = this.#lobby.current;
    const switched = this.#shown !== room;
    const place = switched ? this.#switchTo(room) : this.#keeper.place;
    this.#hush(room);
    const items = layout(room.entries, {
      complete: room.older.more === false,
      newFrom: room.newFrom,
    });
    reconcile(this.#rowsElement, items, this.#known, this.#rows);
    this.#renderOlder(room);
    this.#keeper.restore(place);
    this.#renderJump();
    this.#loadOlderIfNear();
  }

  #listen(document, onStarter, onSeen) {
    this.#log.addEventListener("scroll", () => this.#scrolled(onSeen), { passive: true });
    this.#rowsElement.addEventListener("click", ({ target }) => this.#clicked(target, onStarter));
    this.#older.retry.addEventListener("click", () => this.#lobby.current.older.load());
    this.#jump.addEventListener("click", () => this.toBottom());
    document.addEventListener("keydown", (event) => {
      if (event.key === "End" && !isEditing(event.target)) this.toBottom();
    });
  }

  #scrolled(onSeen) {
    if (this.atBottom) onSeen();
    this.#renderJump();
    this.#loadOlderIfNear();
  }

  #clicked(target, onStarter) {
    const clientId = target.closest("[data-message]")?.dataset.clientId;
    if (target.closest("[data-retry]")) this.#lobby.retry(clientId);
    else if (target.closest("[data-discard]")) this.#lobby.current.discard(clientId);
    else if (target.closest("[data-starter]"))
      onStarter(target.closest("[data-starter]").textContent);
  }

  /** Screen readers speak what is added to a log, but not while it is busy: history stays silent. */
  #hush({ live, older }) {
    this.#log.dataset.live = live;
    if (live && older.state !== "loading") {
      setTimeout(() => this.#log.setAttribute("aria-busy", "false"), SPOKEN_AGAIN_AFTER_MS);
    } else {
      this.#log.setAttribute("aria-busy", "true");
    }
  }

  /** @returns the place where the reader was when leaving this room */
  #switchTo(room) {
    if (this.#shown) this.#places.set(this.#shown, this.#keeper.place);
    this.#shown = room;
    this.#known.clear();
    this.#rowsElement.replaceChildren();
    this.#log.setAttribute("aria-label", `Messages in ${room.title}`);
    return this.#places.get(room) ?? null;
  }

  #renderOlder({ older }) {
    const { root, spinner, text, retry } = this.#older;
    root.hidden = older.more === false || (older.more === null && this.#lobby.problem !== null);
    spinner.hidden = older.state === "failed";
    retry.hidden = older.state !== "failed";
    text.textContent = older.state === "failed" ? "Older messages could not be loaded." : "";
  }

  #renderJump() {
    this.#jump.hidden = this.atBottom;
    const count = this.#lobby.unread.of(this.#lobby.current.id);
    this.#jump.querySelector("[data-jump-text]").textContent =
      count > 0 ? plural(count, "new message", "new messages") : "Latest";
  }

  #loadOlderIfNear() {
    const { older } = this.#lobby.current;
    if (older.state === "idle" && this.#log.scrollTop < LOAD_OLDER_WITHIN_PX) older.load();
  }
}

function olderParts(document) {
  const part = (name) => document.querySelector(`[data-older${name}]`);
  return { root: part(""), spinner: part("-spinner"), text: part("-text"), retry: part("-retry") };
}

const isEditing = (element) => element.matches("input, textarea") && element.value !== "";
