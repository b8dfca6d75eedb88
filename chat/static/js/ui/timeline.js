import { layout } from "../lib/layout.js";
import { TimelineWindow } from "../models/timeline-window.js";
import { DayInView } from "./day-in-view.js";
import { Jumps } from "./jumps.js";
import { reconcile } from "./reconcile.js";
import { Rows } from "./rows.js";
import { ScrollKeeper } from "./scroll-keeper.js";
import { SpokenLog } from "./spoken-log.js";

const MORE_WITHIN_PX = 800;
const NEW_LINE_FROM_TOP_PX = 96;

export class Timeline {
  #lobby;
  #log;
  #spoken;
  #wasLive = false;
  #oldest;
  #rowsElement;
  #rows;
  #keeper;
  #older;
  #jumps;
  #dayInView;
  #shown = null;
  #window = new TimelineWindow();
  #known = new Map();
  #places = new Map();

  /** @param {{onDone: () => void}} options `onDone`: called when the used control is about to hide */
  constructor({ document, lobby, me, clock, onWrite, onSeen, onDone }) {
    this.#lobby = lobby;
    this.#log = document.querySelector("[data-timeline]");
    this.#spoken = new SpokenLog(this.#log);
    this.#rowsElement = document.querySelector("[data-rows]");
    this.#rows = new Rows(document, () => ({ me, room: lobby.current }));
    this.#keeper = new ScrollKeeper({
      viewport: this.#log,
      content: document.querySelector("[data-timeline-content]"),
      rows: this.#rowsElement,
      rowOf: (key) => this.#known.get(key),
      onPinned: () => this.#scrolled(onSeen),
    });
    this.#older = olderParts(document);
    this.#jumps = new Jumps({
      document,
      toBottom: () => {
        this.toBottom();
        onDone();
      },
      toNew: () => this.#toNew(),
    });
    this.#dayInView = new DayInView({ document, clock });
    this.#listen(document, { onWrite, onSeen, onDone });
  }

  /** Whether the newest message is in view; false between a change of rooms and its rendering. */
  get atBottom() {
    const { current } = this.#lobby;
    if (this.#shown !== current) return false;
    return this.#keeper.pinned && this.#window.reachesEnd(current.entries);
  }

  focus() {
    this.#log.focus();
  }

  toBottom() {
    if (!this.#window.reachesEnd(this.#lobby.current.entries)) this.#spoken.hush();
    this.#window.follow();
    this.#keeper.toBottom();
    this.render();
  }

  render() {
    const room = this.#lobby.current;
    const switched = this.#shown !== room;
    const place = switched ? this.#switchTo(room) : this.#keeper.place;
    if (this.#addsHistory(room)) this.#spoken.hush();
    this.#renderAt(room, place);
    this.#showMoreIfNear();
    this.#spoken.speak();
  }

  #renderAt(room, place) {
    this.#renderRows(room, place);
    this.#renderOlder(room);
    this.#keeper.restore(place);
    this.#renderJumps();
  }

  #renderRows(room, place) {
    const { entries } = room;
    if (place) this.#window.hold(entries);
    else this.#window.follow();
    const items = layout(entries, {
      complete: room.hasBeginning,
      newFrom: room.newFrom,
      ...this.#window.of(entries),
    });
    reconcile(this.#rowsElement, items, this.#known, this.#rows);
  }

  #listen(document, { onWrite, onSeen, onDone }) {
    this.#log.addEventListener("scroll", () => this.#scrolled(onSeen), { passive: true });
    this.#rowsElement.addEventListener("click", ({ target }) =>
      this.#clicked(target, { onWrite, onDone }),
    );
    this.#older.retry.addEventListener("click", () => {
      this.#lobby.current.older.load();
      this.focus();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "End" && !isEditing(event.target)) this.toBottom();
    });
  }

  #scrolled(onSeen) {
    if (this.atBottom) onSeen();
    if (!this.#keeper.pinned) this.#window.hold(this.#lobby.current.entries);
    this.#renderJumps();
    if (!this.atBottom) this.#dayInView.scrolled();
    this.#showMoreIfNear();
  }

  #clicked(target, { onWrite, onDone }) {
    const clientId = target.closest("[data-message]")?.dataset.clientId;
    if (target.closest("[data-code-fold]")) this.#folded(target.closest(".code-block"));
    if (target.closest("[data-retry]")) this.#lobby.retry(clientId);
    else if (target.closest("[data-discard]")) this.#lobby.current.discard(clientId);
    if (target.closest("[data-retry], [data-discard]")) onDone();
    else if (target.closest("[data-edit]")) onWrite(this.#lobby.current.takeBack(clientId));
    else if (target.closest("[data-starter]"))
      onWrite(target.closest("[data-starter]").textContent);
  }

  /** Keeps the place: unfolded code continues where it ended; folded code stays in view. */
  #folded(block) {
    this.#keeper.hold();
    const above = block.getBoundingClientRect().top < this.#log.getBoundingClientRect().top;
    if (above && block.hasAttribute("data-folded")) block.scrollIntoView();
    this.#renderJumps();
  }

  /** Whether the next render may add history, not only new messages. */
  #addsHistory({ live, oldest }) {
    const caughtUp = live && !this.#wasLive;
    const goesFurtherBack = this.#oldest !== undefined && this.#oldest !== oldest;
    this.#wasLive = live;
    this.#oldest = oldest;
    this.#log.dataset.live = live;
    return caughtUp || goesFurtherBack || (!live && !this.#lobby.problem);
  }

  /** @returns the reader's place when the reader last left this room */
  #switchTo(room) {
    if (this.#shown) this.#keepPlace();
    this.#shown = room;
    this.#spoken.hush();
    const { at = null, window = new TimelineWindow() } = this.#places.get(room) ?? {};
    this.#window = window;
    this.#jumps.reset();
    this.#known.clear();
    this.#rowsElement.replaceChildren();
    this.#log.setAttribute("aria-label", `Messages in ${room.title}`);
    return at;
  }

  #keepPlace() {
    const at = this.#keeper.place;
    if (at) this.#window.hold(this.#shown.entries);
    this.#places.set(this.#shown, { at, window: this.#window });
    this.#shown.trim(at?.key);
  }

  #renderOlder({ older, hasBeginning, entries }) {
    const { root, spinner, text, retry } = this.#older;
    const { isEntering, isCutOff } = this.#lobby;
    const waits = isCutOff && older.more === null && entries.every(({ pending }) => pending);
    root.hidden = hasBeginning || (older.more === null && !isEntering && !waits);
    spinner.hidden = waits || older.state === "failed";
    retry.hidden = older.state !== "failed";
    text.textContent = waits ? "The messages will load when you’re back." : olderWords(older);
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
    this.#dayInView.render({ hidden: this.#jumps.isUpShown });
  }

  /** @returns {number} pixels from the upper edge; infinite if the line is not on the page */
  #newLineTop() {
    const line = this.#known.get("new");
    if (line) return line.getBoundingClientRect().top - this.#log.getBoundingClientRect().top;
    const { entries, newFrom } = this.#lobby.current;
    const index = entries.findIndex(({ key }) => key === newFrom);
    const isBelow = index >= this.#window.of(entries).to;
    return isBelow ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  async #toNew() {
    const room = this.#lobby.current;
    await room.loadNew();
    if (room !== this.#lobby.current || room.newFrom === null) return;
    this.#spoken.hush();
    this.#window.show(room.entries, room.newFrom);
    this.#renderRows(room, { key: room.newFrom });
    this.#keeper.restore({ key: "new", offset: NEW_LINE_FROM_TOP_PX });
    this.#renderJumps();
    this.#spoken.speak();
    this.#log.focus();
  }

  #showMoreIfNear() {
    const { older, oldest, entries } = this.#lobby.current;
    if (oldest !== this.#oldest) return; // the next render shows the older rows and calls this again
    const isNearTop = () => this.#keeper.above < MORE_WITHIN_PX;
    const isNearBottom = () => this.#keeper.below < MORE_WITHIN_PX;
    const moved =
      this.#moveWhile(isNearTop, () => this.#window.moveUp(entries)) ||
      this.#moveWhile(isNearBottom, () => this.#window.moveDown(entries));
    if (!moved && isNearTop() && older.state === "idle") older.load();
  }

  /** @returns {boolean} whether the range of rows has changed */
  #moveWhile(isNear, move) {
    let moved = false;
    while (isNear() && move()) {
      moved = true;
      this.#spoken.hush();
      this.#renderAt(this.#lobby.current, this.#keeper.place);
    }
    if (moved) this.#spoken.speak();
    return moved;
  }
}

function olderParts(document) {
  const part = (name) => document.querySelector(`[data-older${name}]`);
  return { root: part(""), spinner: part("-spinner"), text: part("-text"), retry: part("-retry") };
}

const olderWords = ({ state }) => (state === "failed" ? "Older messages couldn’t be loaded." : "");

const isEditing = (element) => element.matches("input, textarea") && element.value !== "";
