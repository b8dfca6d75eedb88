import assert from "node:assert/strict";
import test from "node:test";
import { Choices } from "../../../chat/static/js/models/choices.js";
import { EmojiUse } from "../../../chat/static/js/models/emoji-use.js";
import { NotificationSettings } from "../../../chat/static/js/models/notification-settings.js";
import { OwnRooms } from "../../../chat/static/js/models/own-rooms.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { FakeClock, memoryStorage, refusal, seeded, settled } from "../doubles.js";

const ROOMS = [{ id: "general" }, { id: "tech" }];

/** A server that knows the person's devices, and tells each what the others do. */
class Server {
  devices = [];
  read = {};
  levels = {};
  latest = {};
  choices = { theme: null, skin_tone: null };
  asked = []; // what changes something
  refuse = () => null;
  rooms = ROOMS.map(({ id }) => id);

  #room = (id) => ({
    id,
    read_up_to: this.read[id] ?? null,
    level: this.levels[id] ?? null,
    latest: this.latest[id] ?? null,
  });

  async answer(sender, event, payload) {
    const error = this.refuse(event, payload);
    if (error) throw error;
    if (event === "rooms") return { rooms: this.rooms.map(this.#room), choices: this.choices };
    this.asked.push([event, ...Object.values(payload)]);
    const { room, id, level } = payload;
    if (event === "choose") this.choices = { ...this.choices, ...payload };
    else if (event === "set_level") this.levels[room] = level;
    else if (id > (this.read[room] ?? "")) this.read[room] = id;
    const others = this.devices.filter((each) => each !== sender && each.connected);
    for (const { own } of others) {
      if (event === "choose") own.chosen(payload);
      else if (event === "read") own.read({ room, read_up_to: this.read[room] });
      else own.changed(this.#room(room));
    }
    return event === "read" ? { read_up_to: this.read[room] } : {};
  }
}

function device(server, clock) {
  const storage = memoryStorage();
  const it = { connected: false, requests: 0, seen: [], latest: [], levelChanges: 0, themes: [] };
  it.markers = new ReadMarkers({ storage, userId: "u1" });
  it.settings = new NotificationSettings({ storage, userId: "u1" });
  it.emojiUse = new EmojiUse({ storage, userId: "u1" });
  it.choices = new Choices({
    storage,
    userId: "u1",
    emojiUse: it.emojiUse,
    followTheme: (theme) => it.themes.push(theme),
  });
  it.own = new OwnRooms({
    rooms: ROOMS,
    markers: it.markers,
    settings: it.settings,
    choices: it.choices,
    clock,
    random: () => 1,
    request: async (event, payload) => {
      it.requests += 1;
      if (!it.connected) throw refusal("offline");
      return server.answer(it, event, payload);
    },
    onRooms: (latest) => it.latest.push([...latest]),
    onRead: (room) => it.seen.push(room),
    onLevel: () => {
      it.levelChanges += 1;
    },
  });
  it.connect = () => {
    it.connected = true;
    return it.own.ask();
  };
  it.lose = () => {
    it.connected = false;
    it.own.disconnected();
  };
  it.readUpTo = (id, room = "general") => {
    if (it.markers.advance(room, id)) it.own.moved(room);
  };
  server.devices.push(it);
  return it;
}

function setUp() {
  const it = { server: new Server(), clock: new FakeClock() };
  it.laptop = device(it.server, it.clock);
  it.phone = device(it.server, it.clock);
  it.pass = async (ms) => {
    for (let passed = 0; passed < ms; passed += 100) {
      await settled();
      it.clock.advance(100);
    }
    await settled();
  };
  return it;
}

test("what is read on one device is read on the other at once", async () => {
  const { server, laptop, phone } = setUp();
  await laptop.connect();
  await phone.connect();
  laptop.readUpTo("1");
  await settled();
  assert.deepEqual(server.asked, [["read", "general", "1"]]);
  assert.equal(phone.markers.of("general"), "1");
  assert.deepEqual(phone.seen, ["general"]);
  assert.deepEqual(laptop.seen, []);
});

test("who reads on sends the newest every 2.5 seconds", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  for (let number = 10; number < 60; number += 1) {
    laptop.readUpTo(String(number));
    await pass(100);
  }
  await pass(2500);
  assert.ok(server.asked.length <= 4, `${server.asked.length} in 7.5 s`);
  assert.equal(server.read.general, "59");
});

test("a page that is hidden sends the last at once, and then rests as before", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  laptop.readUpTo("1");
  await settled();
  laptop.readUpTo("2");
  laptop.own.hurry();
  await settled();
  assert.equal(server.read.general, "2");
  await pass(10_000);
  assert.equal(server.asked.length, 2);
});

test("what a page that is hidden can't send now is sent later", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  laptop.readUpTo("1");
  await settled();
  server.refuse = () => refusal("rate_limited");
  laptop.readUpTo("2");
  laptop.own.hurry();
  await settled();
  server.refuse = () => null;
  await pass(20_000);
  assert.equal(server.read.general, "2");
});

test("the next connection takes what was read elsewhere, and sends what was read meanwhile", async () => {
  const { server, laptop, pass } = setUp();
  server.read = { general: "5", tech: "5" };
  laptop.readUpTo("3");
  laptop.readUpTo("8", "tech");
  laptop.own.hurry();
  await pass(10_000);
  assert.deepEqual(server.asked, []);
  await laptop.connect();
  await pass(5000);
  assert.equal(laptop.markers.of("general"), "5");
  assert.deepEqual(server.read, { general: "5", tech: "8" });
});

test("a server that has lost a marker gets it again", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  laptop.readUpTo("4");
  await pass(5000);
  laptop.lose();
  server.read = {};
  await laptop.connect();
  await pass(5000);
  assert.equal(server.read.general, "4");
});

test("a server that knows a later one says so in its answer", async () => {
  const { server, laptop } = setUp();
  await laptop.connect();
  server.read.general = "9";
  laptop.readUpTo("4");
  await settled();
  assert.equal(laptop.markers.of("general"), "9");
  assert.deepEqual(laptop.seen, ["general"]);
});

test("the newest ids are passed on, and an old server knows none", async () => {
  const { server, laptop, pass } = setUp();
  server.latest = { general: "7" };
  await laptop.connect();
  const known = [
    ["general", "7"],
    ["tech", null],
  ];
  assert.deepEqual(laptop.latest, [known]);
  server.refuse = () => refusal("invalid");
  laptop.lose();
  await laptop.connect();
  assert.deepEqual(laptop.latest, [known, []]);
  server.refuse = () => null;
  laptop.readUpTo("1");
  laptop.own.setLevel("general", "all");
  laptop.own.hurry();
  await pass(60_000);
  assert.deepEqual(server.asked, []);
  assert.equal(laptop.settings.of("general"), "all");
});

test("a server that can't answer for now is asked again, and no longer after the connection", async () => {
  const { server, laptop, pass } = setUp();
  server.read.general = "5";
  server.refuse = () => refusal("unavailable");
  await laptop.connect();
  server.refuse = () => null;
  await pass(5000);
  assert.equal(laptop.markers.of("general"), "5");
  assert.equal(laptop.latest.length, 2);

  for (const code of ["unavailable", "offline"]) {
    server.refuse = () => refusal(code);
    laptop.requests = 0;
    await laptop.connect();
    if (code === "unavailable") laptop.lose();
    await pass(60_000);
    assert.equal(laptop.requests, 1, code);
  }
});

test("what the server can't take for now is sent later; what it refuses is dropped", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  server.refuse = () => refusal("rate_limited", { retry_after: 20 });
  laptop.requests = 0;
  laptop.readUpTo("1");
  laptop.readUpTo("1", "tech");
  await pass(19_900);
  assert.equal(laptop.requests, 1);
  server.refuse = (_event, { room }) => (room === "tech" ? refusal("unknown_room") : null);
  await pass(30_000);
  assert.deepEqual(server.asked, [["read", "general", "1"]]);
  assert.equal(laptop.requests, 3);
});

test("after a success, earlier failures don't delay what comes later", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  server.refuse = () => refusal("unavailable");
  laptop.readUpTo("1");
  await pass(120_000);
  server.refuse = () => null;
  await pass(20_000);
  server.refuse = () => refusal("unavailable");
  laptop.readUpTo("2");
  await pass(100);
  server.refuse = () => null;
  await pass(2600);
  assert.equal(server.read.general, "2");
});

test("a level is one on all devices", async () => {
  const { laptop, phone } = setUp();
  await laptop.connect();
  await phone.connect();
  assert.equal(laptop.settings.of("general"), "nothing");
  laptop.own.setLevel("general", "mentions");
  assert.equal(laptop.settings.of("general"), "mentions");
  await settled();
  assert.equal(phone.settings.of("general"), "mentions");
  assert.equal(phone.settings.of("tech"), "nothing");
  assert.equal(phone.levelChanges, 1);
});

test("a level that was chosen without a connection goes to the server, and others come from it", async () => {
  const { server, laptop, pass } = setUp();
  server.levels = { general: "all", tech: "all" };
  laptop.own.setLevel("general", "mentions");
  await laptop.connect();
  await pass(5000);
  assert.deepEqual(server.levels, { general: "mentions", tech: "all" });
  assert.equal(laptop.settings.of("tech"), "all");
  laptop.lose();
  server.levels.general = "nothing"; // by another device
  await laptop.connect();
  await pass(5000);
  assert.equal(laptop.settings.of("general"), "nothing");
});

test("a server that has lost a level gets it again", async () => {
  const { server, laptop, pass } = setUp();
  server.levels.general = "all";
  await laptop.connect();
  laptop.lose();
  server.levels = {};
  await laptop.connect();
  await pass(5000);
  assert.deepEqual(server.levels, { general: "all" });
});

test("a choice is one on all devices", async () => {
  const { server, laptop, phone } = setUp();
  await laptop.connect();
  await phone.connect();
  laptop.own.choose({ skin_tone: "medium" });
  await settled();
  assert.equal(phone.emojiUse.tone, "🏽");
  assert.deepEqual(phone.themes, ["system"]);
  phone.own.choose({ theme: "dark" });
  await settled();
  assert.deepEqual(laptop.themes, ["system", "dark"]);
  const tablet = device(server, new FakeClock());
  await tablet.connect();
  assert.equal(tablet.emojiUse.tone, "🏽");
  assert.deepEqual(tablet.themes, ["dark"]);
  assert.equal(server.asked.length, 2);
});

test("what was chosen without a connection goes to the server, and the rest comes from it", async () => {
  const { server, laptop, phone, pass } = setUp();
  server.choices = { theme: "light", skin_tone: "light" };
  laptop.emojiUse.tone = "🏿";
  laptop.own.choose({ skin_tone: "dark" });
  await pass(10_000);
  assert.deepEqual(server.asked, []);
  await laptop.connect();
  await phone.connect();
  assert.deepEqual(server.asked, [["choose", "dark"]]);
  assert.equal(laptop.emojiUse.tone, "🏿");
  assert.equal(phone.emojiUse.tone, "🏿");
  assert.deepEqual(laptop.themes, ["light"]);
  assert.equal(laptop.choices.untold, null);

  phone.own.choose({ skin_tone: "yellow" });
  await pass(10_000);
  assert.equal(laptop.emojiUse.tone, "");
  assert.equal(server.asked.length, 2);
});

test("a tone that another device sends doesn't undo the one that was just chosen", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  server.refuse = () => refusal("unavailable");
  laptop.emojiUse.tone = "🏿";
  laptop.own.choose({ skin_tone: "dark" });
  laptop.own.chosen({ skin_tone: "light" });
  assert.equal(laptop.emojiUse.tone, "🏿");
  server.refuse = () => null;
  await pass(20_000);
  assert.equal(server.choices.skin_tone, "dark");
});

test("a tone from before servers knew them goes to the server", async () => {
  const { server, laptop } = setUp();
  laptop.emojiUse.tone = "🏻";
  await laptop.connect();
  await settled();
  assert.equal(server.choices.skin_tone, "light");
  assert.equal(laptop.emojiUse.tone, "🏻");
});

test("of two quick choices the second one holds; two at once are one request", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  laptop.own.choose({ theme: "dark" });
  laptop.own.choose({ theme: "light" });
  laptop.own.choose({ skin_tone: "dark" });
  await pass(5000);
  assert.deepEqual(server.asked, [
    ["choose", "dark"],
    ["choose", "light", "dark"],
  ]);
  assert.equal(laptop.choices.untold, null);
});

test("with an old server a choice stays in the browser until there is a new one", async () => {
  const { server, laptop, pass } = setUp();
  server.choices = undefined;
  server.refuse = (event) => (event === "choose" ? refusal("invalid") : null);
  await laptop.connect();
  laptop.emojiUse.tone = "🏿";
  laptop.own.choose({ skin_tone: "dark" });
  await pass(60_000);
  laptop.requests = 0;
  laptop.lose();
  await laptop.connect();
  await pass(60_000);
  assert.equal(laptop.requests, 1);
  assert.equal(laptop.emojiUse.tone, "🏿");
  assert.deepEqual(laptop.themes, []);

  server.choices = { theme: null, skin_tone: null };
  server.refuse = () => null;
  await laptop.connect();
  await pass(5000);
  assert.equal(server.choices.skin_tone, "dark");
});

test("a choice that only a later version knows changes nothing", async () => {
  const { server, laptop } = setUp();
  server.choices = { theme: "dark", skin_tone: "purple" };
  laptop.emojiUse.tone = "🏿";
  await laptop.connect();
  assert.equal(laptop.emojiUse.tone, "🏿");
  laptop.own.chosen({ theme: "light" });
  assert.equal(laptop.emojiUse.tone, "🏿");
});

test("what another tab has told isn't told again", async () => {
  const { server, laptop } = setUp();
  laptop.own.choose({ theme: "dark" });
  laptop.choices.told({ theme: "dark" });
  await laptop.connect();
  await settled();
  assert.deepEqual(server.asked, []);
});

test("a choice during the request is sent, too", async () => {
  const { server, laptop, pass } = setUp();
  await laptop.connect();
  laptop.own.setLevel("general", "all");
  laptop.own.setLevel("general", "mentions");
  await pass(5000);
  assert.equal(server.levels.general, "mentions");
  assert.ok(!laptop.settings.isUntold("general"));
});

test("what was chosen for all rooms before counts for rooms without a choice", () => {
  const storage = memoryStorage();
  const settings = new NotificationSettings({ storage, userId: "u1" });
  for (const [about, level] of [
    ["messages", "all"],
    ["mentions", "mentions"],
  ]) {
    storage.set("notifications u1", { about, sound: true });
    assert.equal(settings.of("general"), level);
  }
  settings.choose("general", "nothing");
  assert.equal(settings.of("general"), "nothing");
  assert.ok(settings.sound);
  settings.learn("general", "of a later version");
  assert.equal(settings.of("general"), "nothing");
  assert.equal(settings.roomOf("level u1 general"), "general");
  assert.equal(settings.roomOf("level u2 general"), null);
  assert.equal(settings.roomOf(null), null);
});

test("a room that the page doesn't have is left alone", async () => {
  const { server, laptop } = setUp();
  server.rooms.push("new");
  server.read.new = "1";
  server.levels.new = "all";
  await laptop.connect();
  laptop.own.read({ room: "new", read_up_to: "2" });
  laptop.own.changed({ id: "new", read_up_to: "3", level: "nothing" });
  assert.deepEqual(laptop.seen, []);
  assert.equal(laptop.markers.of("new"), null);
  assert.equal(laptop.levelChanges, 0);
});

test("after a restart not all rooms are sent at once", async () => {
  const clock = new FakeClock();
  const server = new Server();
  const laptop = device(server, clock);
  for (let number = 0; number < 12; number += 1) {
    ROOMS.push({ id: `room ${number}` });
  }
  try {
    server.rooms = ROOMS.map(({ id }) => id);
    const many = device(server, clock);
    for (const { id } of ROOMS) many.readUpTo("1", id);
    await many.connect();
    await settled();
    assert.equal(server.asked.length, 5);
    assert.equal(laptop.connected, false);
  } finally {
    ROOMS.length = 2;
  }
});

test("markers never go back, and all devices agree in the end", async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const it = setUp();
    const { below, happens } = seeded(seed);
    const both = [it.laptop, it.phone];
    it.server.refuse = () => (happens(0.2) ? refusal("unavailable") : null);
    let newest = "";
    for (let step = 0; step < 25; step += 1) {
      const each = both[below(2)];
      const before = both.map(({ markers }) => markers.of("general") ?? "");
      const kind = below(6);
      if (kind === 0) each.connect();
      else if (kind === 1) each.lose();
      else if (kind === 2) each.own.hurry();
      else if (kind === 3 && happens(0.3))
        it.server.read = {}; // killed before it had stored them
      else if (kind === 4) await it.pass(100 * below(40));
      else {
        const id = String(10 + below(90));
        each.readUpTo(id);
        if (id > newest) newest = id;
      }
      await settled();
      for (const [index, { markers }] of both.entries()) {
        assert.ok((markers.of("general") ?? "") >= before[index], `seed ${seed}`);
      }
    }
    it.server.refuse = () => null;
    for (const each of both) each.lose();
    for (const each of both) each.connect();
    await it.pass(20_000);
    for (const { markers } of both) {
      assert.equal(markers.of("general") ?? "", newest, `seed ${seed}`);
    }
    assert.equal(it.server.read.general ?? "", newest, `seed ${seed}`);
  }
});
