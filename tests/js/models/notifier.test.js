import assert from "node:assert/strict";
import test from "node:test";
import { isMentioned } from "../../../chat/static/js/lib/mentions.js";
import { NotificationSettings } from "../../../chat/static/js/models/notification-settings.js";
import { Notifier } from "../../../chat/static/js/models/notifier.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { FakeClock, me, memoryStorage, message, settled } from "../doubles.js";

/** The browser of one person; each of its tabs has a notifier, and all share storage and locks. */
class Browser {
  clock = new FakeClock();
  told = [];
  unread = {};
  storage = memoryStorage();
  markers = new ReadMarkers({ storage: this.storage, userId: me.id });
  settings = new NotificationSettings({ storage: this.storage, userId: me.id });
  #held = new Set();

  tab({ away = true } = {}) {
    const tab = { away };
    tab.notifier = new Notifier({
      me,
      rooms: [
        { id: "general", title: "General" },
        { id: "tech", title: "Tech" },
      ],
      settings: this.settings,
      markers: this.markers,
      locks: { request: (...request) => this.#lock(...request) },
      clock: this.clock,
      isAway: () => tab.away,
      mentionsMe: ({ text }) => isMentioned(me.name, text),
      unreadOf: (room) => this.unread[room] ?? 1,
      notify: (news) => this.told.push(news),
    });
    return tab;
  }

  async pass(ms) {
    for (let passed = 0; passed < ms; passed += 100) {
      this.clock.advance(100);
      await settled();
    }
  }

  async #lock(name, _options, task) {
    if (this.#held.has(name)) return task(null);
    this.#held.add(name);
    await task({ name });
    this.#held.delete(name);
  }
}

function setUp(level = "all") {
  const browser = new Browser();
  for (const room of ["general", "tech"]) browser.settings.choose(room, level);
  return browser;
}

test("nothing is told unless it was asked for", async () => {
  const browser = new Browser();
  assert.equal(browser.settings.of("general"), "nothing");
  browser.tab().notifier.message(message(1, { text: "@Me" }));
  await browser.pass(2000);
  assert.deepEqual(browser.told, []);
});

test("each message, or only those with one's name", async () => {
  for (const [level, texts] of [
    ["all", ["@Me look", "hello"]],
    ["mentions", ["@Me look"]],
  ]) {
    const browser = setUp(level);
    const { notifier } = browser.tab();
    notifier.message(message(1, { text: "@Me look" }));
    await browser.pass(6000);
    notifier.message(message(2, { text: "hello" }));
    await browser.pass(6000);
    assert.deepEqual(
      browser.told.map(({ body }) => body),
      texts,
    );
    assert.equal(browser.told[0].title, "Ada in General");
  }
});

test("each room has a level of its own", async () => {
  const browser = setUp("nothing");
  browser.settings.choose("tech", "all");
  const { notifier } = browser.tab();
  notifier.message(message(1, { room: "general" }));
  notifier.message(message(2, { room: "tech" }));
  await browser.pass(2000);
  assert.deepEqual(
    browser.told.map(({ room }) => room),
    ["tech"],
  );
});

test("one's own messages are never told", async () => {
  const browser = setUp();
  browser.tab().notifier.message(message(1, { user: me }));
  await browser.pass(2000);
  assert.deepEqual(browser.told, []);
});

test("who is looking isn't told, and neither who has just come back", async () => {
  const browser = setUp();
  browser.tab({ away: false }).notifier.message(message(1));
  const tab = browser.tab();
  tab.notifier.message(message(2));
  tab.away = false;
  await browser.pass(2000);
  assert.deepEqual(browser.told, []);
});

test("what another tab shows at that moment isn't told", async () => {
  const browser = setUp();
  browser.tab().notifier.message(message(1));
  browser.markers.advance("general", message(1).id);
  await browser.pass(2000);
  assert.deepEqual(browser.told, []);
});

test("several tabs tell once", async () => {
  const browser = setUp();
  for (const { notifier } of [browser.tab(), browser.tab(), browser.tab()]) {
    notifier.message(message(1));
  }
  await browser.pass(10_000);
  assert.equal(browser.told.length, 1);
});

test("the tab that knows the content tells it", async () => {
  const browser = setUp();
  const [elsewhere, inside] = [browser.tab(), browser.tab()];
  elsewhere.notifier.activity({ room: "general", latest: message(1).id });
  inside.notifier.message(message(1));
  await browser.pass(10_000);
  assert.deepEqual(
    browser.told.map(({ body }) => body),
    ["m1"],
  );
});

test("many messages are told in a few notifications, none of them left out", async () => {
  const browser = setUp();
  const { notifier } = browser.tab();
  for (let minute = 1; minute <= 20; minute += 1) {
    notifier.message(message(minute));
    await browser.pass(200);
  }
  await browser.pass(10_000);
  assert.deepEqual(
    browser.told.map(({ body }) => body),
    ["m4 (and 3 more messages)", "m20 (and 15 more messages)"],
  );
});

test("activity in another room is notified, but never as a mention", async () => {
  const browser = setUp();
  browser.tab().notifier.activity({ room: "tech", latest: message(1).id });
  await browser.pass(2000);
  assert.deepEqual(browser.told, [
    { room: "tech", title: "Tech", body: "There are new messages." },
  ]);
  browser.settings.choose("tech", "mentions");
  browser.tab().notifier.activity({ room: "tech", latest: message(2).id });
  await browser.pass(10_000);
  assert.equal(browser.told.length, 1);
});

test("what the reader said in another room, from another tab or device, is no news", async () => {
  const browser = setUp();
  browser.unread.tech = 0; // the server doesn't count the reader's own messages
  browser.tab().notifier.activity({ room: "tech", latest: message(1).id });
  await browser.pass(3000);
  assert.deepEqual(browser.told, []);
});
