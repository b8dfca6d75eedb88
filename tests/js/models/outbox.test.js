import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../../chat/static/js/models/outbox.js";
import { FakeClock, memoryStorage } from "../doubles.js";

function setUp({ userId = "u1", storage = memoryStorage(), clock = new FakeClock() } = {}) {
  return { storage, clock, outbox: new Outbox({ storage, userId, clock }) };
}

const texts = (entries) => entries.map(({ text }) => text);

test("entries keep their order, even if the clock steps back", () => {
  const { outbox, clock } = setUp();
  outbox.add("general", "one");
  outbox.add("general", "two");
  clock.jump(-60_000);
  outbox.add("general", "three");
  assert.deepEqual(texts(outbox.of("general")), ["one", "two", "three"]);
});

test("entries survive a reload and belong to one user and one room", () => {
  const { outbox, storage } = setUp();
  outbox.add("general", "mine");
  outbox.add("tech", "elsewhere");
  assert.deepEqual(texts(setUp({ storage }).outbox.of("general")), ["mine"]);
  assert.deepEqual(setUp({ storage }).outbox.rooms().sort(), ["general", "tech"]);
  assert.deepEqual(setUp({ storage, userId: "u2" }).outbox.of("general"), []);
});

test("two tabs that add at once lose nothing", () => {
  const { outbox, storage } = setUp();
  const other = setUp({ storage }).outbox;
  outbox.add("general", "here");
  other.add("general", "there");
  assert.deepEqual(texts(outbox.of("general")), ["here", "there"]);
});

test("a settled entry is not brought back by a late change", () => {
  const { outbox } = setUp();
  const { client_id } = outbox.add("general", "gone");
  outbox.remove(client_id);
  outbox.update(client_id, { error: "too late" });
  assert.deepEqual(outbox.of("general"), []);
});

test("an entry counts as untried only on the page on which it was written, and only once", () => {
  const { outbox, storage } = setUp();
  const { client_id } = outbox.add("general", "hello");
  assert.ok(outbox.isUntried(client_id));
  assert.ok(!setUp({ storage }).outbox.isUntried(client_id));
  outbox.tried(client_id);
  assert.ok(!outbox.isUntried(client_id));
});

test("what is broken in the storage is ignored", () => {
  const { outbox, storage } = setUp();
  const entry = outbox.add("general", "good");
  for (const broken of [null, 7, "text", { client_id: 7 }, { text: null }, { text: undefined }]) {
    storage.set(
      "outbox u1 x",
      broken && typeof broken === "object" ? { ...entry, ...broken } : broken,
    );
    assert.deepEqual(outbox.of("general"), [entry]);
    assert.deepEqual(outbox.rooms(), ["general"]);
    assert.deepEqual(outbox.failed, []);
  }
});
