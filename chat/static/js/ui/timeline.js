import { layout } from "../lib/layout.js";
import { TimelineWindow } from "../models/timeline-window.js";
import { Jumps } from "./jumps.js";
import { reconcile } from "./reconcile.js";
import { Rows } from "./rows.js";
import { ScrollKeeper } from "./scroll-keeper.js";

const MORE_WITHIN_PX = 800;
const NEW_LINE_FROM_TOP_PX = 96;
const SPOKEN_AGAIN_AFTER_MS = 500;

export class Timeline {
  #lobby;
  #log;
  #rowsElement;
  #rows;
  #keeper;
  #older;
  #jumps;
  #shown = null;
  #window = new TimelineWindow();
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
    this.#jumps = new Jumps({
      document,
      toBottom: () => this.toBottom(),
      toNew: () => this.#toNew(),
    });
    this.#listen(document, onStarter, onSeen);
  }

  /** Whether the newest message is in view. */
  get atBottom() {
    return this.#keeper.pinned && this.#window.reachesEnd(this.#lobby.current.entries);
  }

  toBottom() {
    this.#window.follow();
    this.#keeper.toBottom();
    this.render();
  }

  render() {
    const room = this.#lobby.current;
    const switched = this.#shown !== room;
    const place = switched ? this.#switchTo(room) : this.#keeper.place;
    this.#hush(room);
    this.#renderRows(room, place);
    this.#renderOlder(room);
    this.#keeper.restore(place);
    this.#renderJumps();
    this.#showMoreIfNear();
  }

  #renderRows(room, place) {
    const { entries } = room;
    if (place) this.#window.hold(entries);
    else this.#window.follow();
    const items = layout(entries, {
      complete: room.older.more === false,
      newFrom: room.newFrom,
      ...this.#window.of(entries),
    });
    reconcile(this.#rowsElement, items, this.#known, this.#rows);
  }

  #listen(document, onStarter, onSeen) {
    this.#log.addEventListener("scroll", () => this.#scrolled(onSeen), { passive: true });
    this.#rowsElement.addEventListener("click", ({ target }) => this.#clicked(target, onStarter));
    this.#older.retry.addEventListener("click", () => this.#lobby.current.older.load());
    document.addEventListener("keydown", (event) => {
      if (event.key === "End" && !isEditing(event.target)) this.toBottom();
    });
  }

  #scrolled(onSeen) {
    if (this.atBottom) onSeen();
    this.#renderJumps();
    this.#showMoreIfNear();
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
    if (this.#shown)
      this.#places.set(this.#shown, { at: this.#keeper.place, window: this.#window });
    this.#shown = room;
    const { at = null, window = new TimelineWindow() } = this.#places.get(room) ?? {};
    this.#window = window;
    this.#jumps.reset();
    this.#known.clear();
    this.#rowsElement.replaceChildren();
    this.#log.setAttribute("aria-label", `Messages in ${room.title}`);
    return at;
  }

  #renderOlder({ older }) {
    const { root, spinner, text, retry } = this.#older;
    root.hidden = older.more === false || (older.more === null && this.#lobby.problem !== null);
    spinner.hidden = older.state === "failed";
    retry.hidden = older.state !== "failed";
    text.textContent = older.state === "failed" ? "Older messages could not be loaded." : "";
  }

  #renderJumps() {
    const { current, unread } = this.#lobby;
    this.#jumps.render({
      atBottom: this.atBottom,
      unread: unread.of(current.id),
      newCount: current.newCount,
      moreNew: current.newFrom === null,
      newLineSeen: this.#newLineTop() >= 0,
    });
  }

  /** @returns {number} pixels from the upper edge; negative if it is above, or not on the page */
  #newLineTop() {
    const line = this.#known.get("new");
    if (!line) return Number.NEGATIVE_INFINITY;
    return line.getBoundingClientRect().top - this.#log.getBoundingClientRect().top;
  }

  async #toNew() {
    const room = this.#lobby.current;
    await room.loadNew();
    if (room !== this.#lobby.current || room.newFrom === null) return;
    this.#window.show(room.entries, room.newFrom);
    this.#renderRows(room, { key: room.newFrom });
    this.#keeper.restore({ key: "new", offset: NEW_LINE_FROM_TOP_PX });
    this.#renderJumps();
    this.#log.focus();
  }

  #showMoreIfNear() {
    const { older, entries } = this.#lobby.current;
    const nearTop = this.#keeper.above < MORE_WITHIN_PX;
    const nearBottom = this.#keeper.below < MORE_WITHIN_PX;
    if (nearTop && this.#window.moveUp(entries)) this.render();
    else if (nearBottom && this.#window.moveDown(entries)) this.render();
    else if (nearTop && older.state === "idle") older.load();
  }
}

function olderParts(document) {
  const part = (name) => document.querySelector(`[data-older${name}]`);
  return { root: part(""), spinner: part("-spinner"), text: part("-text"), retry: part("-retry") };
}

const isEditing = (element) => element.matches("input, textarea") && element.value !== "";
