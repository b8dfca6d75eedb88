import "./page-errors.js"; // first, so that it hears of errors of all others
import { Connection } from "./connection.js";
import { loadAll } from "./late-parts.js";
import { browserClock as clock } from "./lib/clock.js";
import { untilMidnight } from "./lib/days.js";
import { nextFrame, whenIdle } from "./lib/frames.js";
import { wordOf } from "./lib/skin-tones.js";
import { Belongings } from "./models/belongings.js";
import { Choices } from "./models/choices.js";
import { Drafts } from "./models/drafts.js";
import { EmojiUse } from "./models/emoji-use.js";
import { LastReader } from "./models/last-reader.js";
import { Lobby } from "./models/lobby.js";
import { NotificationSettings } from "./models/notification-settings.js";
import { Notifier } from "./models/notifier.js";
import { Outbox } from "./models/outbox.js";
import { ReadMarkers } from "./models/read-markers.js";
import { SafeStorage } from "./models/safe-storage.js";
import { StorageLocks } from "./models/storage-locks.js";
import { firstSight, readPage } from "./page.js";
import { followTheme, onThemeChosen } from "./theme.js";
import { AboutPeople } from "./ui/about-people.js";
import { Alerts } from "./ui/alerts.js";
import { paintAvatars } from "./ui/avatar.js";
import { Banner } from "./ui/banner.js";
import { nameCommandKey } from "./ui/command-key.js";
import { Composer } from "./ui/composer.js";
import { titleWhatIsCut } from "./ui/cut-titles.js";
import { closeDialogs } from "./ui/dialogs.js";
import { Drawers } from "./ui/drawers.js";
import { IconBadge } from "./ui/icon-badge.js";
import { Keyboard } from "./ui/keyboard.js";
import { Menus } from "./ui/menus.js";
import { MessageCursor } from "./ui/message-cursor.js";
import { MyPresence } from "./ui/my-presence.js";
import { playSound, showNotification } from "./ui/notifications.js";
import { PeopleList } from "./ui/people-list.js";
import { RoomList } from "./ui/room-list.js";
import { Settings } from "./ui/settings.js";
import { Shortcuts } from "./ui/shortcuts.js";
import { SignOut } from "./ui/sign-out.js";
import { Timeline } from "./ui/timeline.js";
import { TypingLine } from "./ui/typing-line.js";
import { Updates } from "./ui/updates.js";
import { followVisibleHeight } from "./ui/visible-height.js";

const page = readPage(document);
const { me } = page;
const storage = new SafeStorage(() => window.localStorage);
const locks = navigator.locks ?? new StorageLocks({ storage, clock });
const belongings = new Belongings({ storage });
belongings.claim(me);
const outbox = new Outbox({ storage, userId: me.id, clock });
const drafts = new Drafts({ storage, userId: me.id });
const markers = new ReadMarkers({ storage, userId: me.id });
const settings = new NotificationSettings({ storage, userId: me.id });
const emojiUse = new EmojiUse({
  storage,
  userId: me.id,
  onTone: (tone) => lobby.ownRooms.choose({ skin_tone: wordOf(tone) }),
});
const choices = new Choices({ storage, userId: me.id, emojiUse, followTheme });

const connection = new Connection(location.origin, me.id, {
  up: () => {
    lobby.connected();
    signOut.connected();
    updates.check();
    whenIdle(loadAll);
  },
  down: () => lobby.disconnected(),
  unauthorized: signInAgain,
  changed: () => render(),
  numbered: (event) => lobby.count(event),
  mark: (mark) => lobby.mark(mark),
  message: (message) => lobby.receive(message),
  presence: (change) => lobby.presence(change),
  activity: (news) => {
    lobby.activity(news);
    notifier.activity(news);
  },
  read: (news) => lobby.ownRooms.read(news),
  room: (room) => lobby.ownRooms.changed(room),
  choices: (chosen) => lobby.ownRooms.chosen(chosen),
  typing: (signal) => lobby.typing(signal),
});

const lobby = new Lobby({
  ...page,
  connection,
  outbox,
  markers,
  settings,
  choices,
  locks,
  clock,
  onChange: () => render(),
  onNews: (message) => notifier.message(message),
  onRenamed: () => location.reload(),
});

const notifier = new Notifier({
  me,
  rooms: page.rooms,
  settings,
  markers,
  locks,
  clock,
  isAway: () => !isReading(),
  mentionsMe: (message) => lobby.mentionsMe(message),
  unreadOf: (room) => lobby.unread.of(room),
  notify: (news) => {
    showNotification(news, goTo);
    if (settings.sound) playSound();
  },
});
new Menus({ document });
const signOut = new SignOut({ document, me, outbox, belongings, clock });
new Shortcuts({ document, lobby, onSelect: goTo });
new LastReader({ storage }).keep(me, page.rooms);
const updates = new Updates({
  document,
  mayReload: isKept,
  onPath: (path) => goTo(roomOf(path)),
});

const timeline = new Timeline({
  document,
  lobby,
  me,
  clock,
  onWrite: (text) => composer.write(text),
  onSeen: () => markRead(),
  onDone: () => handFocusOn(),
});
const composer = new Composer({
  document,
  lobby,
  me,
  clock,
  drafts,
  emojiUse,
  limit: page.textLimit,
  sendTyping: (active) => connection.sendTyping(active),
  onPost: post,
});
const drawers = new Drawers({ document, storage });
new AboutPeople({
  document,
  me,
  request: (event, payload) => connection.request(event, payload),
  onMention: (name) => {
    drawers.close();
    composer.mention(name);
  },
});
const log = document.querySelector("[data-timeline]");
new MessageCursor({ log });
new Keyboard({ document, composer, log });
const components = [
  composer,
  new TypingLine({ document, lobby }),
  new PeopleList({ document, lobby, me }),
  new RoomList({ document, lobby, drafts, appTitle: page.title, onSelect: goTo }),
  new MyPresence({ document, connection, clock }),
  new Settings({ document, lobby, settings }),
  new IconBadge({ document, lobby }),
  new Banner({ document, lobby, connection, clock, isKept, onDone: () => handFocusOn() }),
  new Alerts({ document, outbox }),
];

let scheduled = false;

listen();
paintAvatars(document);
titleWhatIsCut(document);
nameCommandKey(document);
followVisibleHeight({ document, window });
renderAtMidnight();
render();
connection.open();
showFirstSight(lobby.current).catch(() => {}); // not needed: the join returns these messages, too

async function showFirstSight(room) {
  room.preview(await firstSight(document));
}

/** Schedules an update of the page from the models, at most once per frame. */
function render() {
  if (scheduled) return;
  scheduled = true;
  nextFrame(() => {
    scheduled = false;
    attempt(renderTimeline);
    for (const component of components) attempt(() => component.render());
  });
}

function renderTimeline() {
  timeline.render();
  lobby.current.watched = timeline.atBottom && isReading();
  if (timeline.atBottom) seeNewest();
  else lobby.countUnread();
}

/** If a part of the page fails, the others go on, and the reader sees a banner. */
function attempt(task) {
  try {
    task();
  } catch (error) {
    reportError(error);
  }
}

function seeNewest() {
  lobby.current.trim();
  markRead();
}

/** Posts into the room that the reader sees, even if another room is about to be shown. */
function post(text, roomId) {
  lobby.post(text, roomId);
  timeline.toBottom();
}

function goTo(roomId) {
  if (roomId === lobby.current.id) return drawers.close();
  history.pushState(null, "", `/rooms/${encodeURIComponent(roomId)}`);
  show(roomId);
}

function show(roomId) {
  drawers.close();
  closeDialogs();
  composer.leave();
  lobby.select(roomId);
}

/** Moves the focus away from a control that is about to hide; otherwise the focus would be lost. */
function handFocusOn() {
  if (!composer.focus()) timeline.focus();
}

function isReading() {
  return document.hasFocus() && document.visibilityState === "visible";
}

function markRead() {
  if (isReading()) lobby.markRead();
  else lobby.countUnread();
}

function listen() {
  onThemeChosen((theme) => lobby.ownRooms.choose({ theme }));
  window.addEventListener("popstate", () => show(roomOf(location.pathname)));
  window.addEventListener("online", () => {
    connection.check();
    signOut.connected();
  });
  window.addEventListener("offline", () => connection.check());
  window.addEventListener("focus", () => {
    connection.check();
    lobby.lookBack();
    render();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") connection.check();
    else lobby.ownRooms.hurry();
  });
  window.addEventListener("pageshow", ({ persisted }) => persisted && connection.check());
  window.addEventListener("pagehide", () => composer.leave());
  window.addEventListener("beforeunload", (event) => {
    if (!isKept()) event.preventDefault();
  });
  window.addEventListener("blur", () => lobby.lookAway());
  window.addEventListener("storage", ({ key }) => {
    if (outbox.owns(key)) lobby.outboxChanged();
    if (drafts.changed(key)) render();
    const room = markers.roomOf(key);
    if (room) lobby.readElsewhere(room);
    if (settings.roomOf(key)) render();
  });
}

/** Whether drafts and unsent messages survive a reload. */
function isKept() {
  return !storage.isFleeting("outbox ", "draft ");
}

function renderAtMidnight() {
  clock.setTimeout(() => {
    render();
    renderAtMidnight();
  }, untilMidnight(new Date()));
}

/**
 * Reloads, because this address shows the sign-in form to people without a session. If the server
 * refuses the socket also after a reload, the banner asks the reader to sign in, so that the page
 * doesn't reload in a loop.
 */
function signInAgain() {
  const [{ type }] = performance.getEntriesByType("navigation");
  if (type === "reload" && !connection.wasOpen) connection.giveUp();
  else location.reload();
}

function roomOf(path) {
  const id = decodeURIComponent(path.match(/^\/rooms\/([^/]+)/)?.[1] ?? "");
  return lobby.has(id) ? id : page.rooms[0].id;
}
