import assert from "node:assert/strict";
import test from "node:test";
import { Drafts } from "../../../chat/static/js/models/drafts.js";
import { People } from "../../../chat/static/js/models/people.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { SafeStorage } from "../../../chat/static/js/models/safe-storage.js";
import { memoryStorage } from "../doubles.js";

test("a draft is kept per room until it is emptied", () => {
  const drafts = new Drafts({ storage: memoryStorage(), userId: "u1" });
  drafts.keep("general", "half a thou");
  assert.equal(drafts.of("general"), "half a thou");
  assert.equal(drafts.of("tech"), "");
  drafts.keep("general", "");
  assert.equal(drafts.of("general"), "");
});

test("rooms with a draft are known, also those of an earlier page and of another tab", () => {
  const storage = memoryStorage();
  new Drafts({ storage, userId: "u1" }).keep("general", "half");
  const drafts = new Drafts({ storage, userId: "u1" });
  assert.ok(drafts.has("general"));
  assert.ok(!drafts.has("tech"));

  storage.set("draft u1 tech", "from another tab");
  assert.ok(drafts.changed("draft u1 tech"));
  assert.ok(drafts.has("tech"));
  storage.remove("draft u1 tech");
  assert.ok(drafts.changed("draft u1 tech"));
  assert.ok(!drafts.has("tech"));
  assert.ok(!drafts.changed("draft u2 tech"), "a draft of somebody else");
  assert.ok(!drafts.changed(null), "the reader has deleted all storage of the site");
  drafts.keep("general", "");
  assert.ok(!drafts.has("general"));
});

test("a read marker only moves forward", () => {
  const markers = new ReadMarkers({ storage: memoryStorage(), userId: "u1" });
  assert.ok(markers.advance("general", "2"));
  assert.ok(!markers.advance("general", "1"));
  assert.equal(markers.of("general"), "2");
});

test("a full or forbidden storage keeps values for as long as the page lives", () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
  };
  for (const open of [() => full, () => undefined]) {
    const storage = new SafeStorage(open);
    storage.set("a b", [1]);
    assert.deepEqual(storage.get("a b"), [1]);
    assert.deepEqual(storage.keys("a "), ["a b"]);
    storage.remove("a b");
    assert.equal(storage.get("a b"), null);
  }
});

test("people come and go, and above the limit only the count is known", () => {
  const people = new People();
  people.replace({
    people: [
      { id: "2", name: "Bob" },
      { id: "1", name: "Ada" },
    ],
    count: 2,
  });
  people.change({ count: 2, joined: [{ id: "3", name: "Cy" }], left: ["2"] });
  assert.deepEqual(
    people.sorted.map(({ name }) => name),
    ["Ada", "Cy"],
  );
  people.change({ count: 250 });
  assert.equal(people.unnamed, 248);
  people.change({ count: 1, joined: [{ id: "4", name: "Di" }], left: [] });
  assert.deepEqual(
    people.sorted.map(({ name }) => name),
    ["Di"],
    "a `joined` of `count` people is the complete list",
  );
});
