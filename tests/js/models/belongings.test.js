import assert from "node:assert/strict";
import test from "node:test";
import { Belongings } from "../../../chat/static/js/models/belongings.js";
import { Choices } from "../../../chat/static/js/models/choices.js";
import { Drafts } from "../../../chat/static/js/models/drafts.js";
import { EmojiUse } from "../../../chat/static/js/models/emoji-use.js";
import { NotificationSettings } from "../../../chat/static/js/models/notification-settings.js";
import { Outbox } from "../../../chat/static/js/models/outbox.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { FakeClock, memoryStorage } from "../doubles.js";

/** A browser in which one person after the other signs in. */
function setUp() {
  const storage = memoryStorage();
  const belongings = new Belongings({ storage });
  const arrive = (id, name) => {
    belongings.claim({ id, name });
    return {
      outbox: new Outbox({ storage, userId: id, clock: new FakeClock() }),
      drafts: new Drafts({ storage, userId: id }),
      markers: new ReadMarkers({ storage, userId: id }),
      settings: new NotificationSettings({ storage, userId: id }),
      emoji: new EmojiUse({ storage, userId: id }),
      choices: new Choices({ storage, userId: id }),
    };
  };
  return { storage, belongings, arrive };
}

test("after a session that ended by itself, the next one of that name finds everything", () => {
  const { storage, belongings, arrive } = setUp();
  const before = arrive("u1", "Ann");
  before.drafts.keep("general", "half a thought");
  before.markers.advance("tech", "5");
  before.settings.sound = true;
  before.settings.choose("tech", "mentions");
  before.emoji.picked("🎉");
  before.emoji.tone = "🏽";
  before.choices.choose({ theme: "dark" });
  belongings.clear(); // the page for signing in

  const after = arrive("u2", "Ann");
  assert.equal(after.drafts.of("general"), "half a thought");
  assert.equal(after.markers.of("tech"), "5");
  assert.equal(after.settings.sound, true);
  assert.equal(after.settings.of("tech"), "mentions");
  assert.deepEqual(after.emoji.favourites, ["🎉"]);
  assert.equal(after.emoji.tone, "🏽");
  assert.deepEqual(after.choices.untold, { theme: "dark" });
  assert.deepEqual(
    storage.keys("").filter((key) => key.includes("u1")),
    [],
  );
});

test("a message that waited comes back as one that failed: it may have been stored", () => {
  const { arrive } = setUp();
  const before = arrive("u1", "Ann");
  const { client_id } = before.outbox.add("general", "Did you get this?");
  before.outbox.update(before.outbox.add("general", "Bad").client_id, { error: "Refused." });

  const [waited, refused] = arrive("u2", "Ann").outbox.of("general");
  assert.equal(waited.text, "Did you get this?");
  assert.equal(waited.client_id, client_id);
  assert.equal(waited.error, "You were signed out before this was sent.");
  assert.equal(refused.error, "Refused.");
});

test("what is there already stays beside what is taken over", () => {
  const { arrive } = setUp();
  const [former, now] = [arrive("u1", "Ann"), arrive("u2", "Ben")];
  former.drafts.keep("general", "old");
  former.markers.advance("general", "3");
  former.markers.advance("tech", "9");
  former.choices.choose({ theme: "dark", skin_tone: "dark" });
  now.choices.choose({ theme: "light" });
  now.drafts.keep("general", "new");
  now.markers.advance("general", "7");
  now.markers.advance("tech", "1");
  arrive("u2", "Ann");
  assert.equal(now.drafts.of("general"), "new\nold");
  assert.equal(now.markers.of("general"), "7");
  assert.equal(now.markers.of("tech"), "9");
  assert.deepEqual(now.choices.untold, { theme: "light", skin_tone: "dark" });
});

test("another name gets nothing, and takes nothing away", () => {
  const { belongings, arrive } = setUp();
  arrive("u1", "Ann").drafts.keep("general", "private");
  belongings.clear();
  assert.equal(arrive("u2", "Ben").drafts.of("general"), "");
  assert.equal(arrive("u3", "Ann").drafts.of("general"), "private");
});

test("after a sign-out nothing is left", () => {
  const { storage, belongings, arrive } = setUp();
  const { outbox, drafts, markers, settings, emoji, choices } = arrive("u1", "Ann");
  outbox.add("general", "waits");
  drafts.keep("general", "private");
  markers.advance("general", "5");
  settings.sound = true;
  emoji.tone = "🏽";
  choices.choose({ theme: "dark" });
  belongings.leave({ id: "u1" });
  belongings.clear();
  assert.deepEqual(storage.keys(""), []);
});

test("a sign-out that came to nothing deletes nothing", () => {
  const { belongings, arrive } = setUp();
  arrive("u1", "Ann").drafts.keep("general", "still here");
  belongings.leave({ id: "u1" });
  arrive("u1", "Ann");
  belongings.clear();
  assert.equal(arrive("u2", "Ann").drafts.of("general"), "still here");
});

test("who stays after all keeps everything, even if the session then ends by itself", () => {
  const { belongings, arrive } = setUp();
  arrive("u1", "Ann").drafts.keep("general", "half a thought");
  belongings.leave({ id: "u1" });
  belongings.stay();
  belongings.clear();
  assert.equal(arrive("u2", "Ann").drafts.of("general"), "half a thought");
});

test("from the sign-out until the next page somebody is leaving", () => {
  const { belongings, arrive } = setUp();
  arrive("u1", "Ann");
  assert.equal(belongings.isLeaving({ id: "u1" }), false);
  belongings.leave({ id: "u1" });
  assert.equal(belongings.isLeaving({ id: "u1" }), true);
  assert.equal(belongings.isLeaving({ id: "u2" }), false);
  belongings.clear();
  assert.equal(belongings.isLeaving({ id: "u1" }), false);
});
