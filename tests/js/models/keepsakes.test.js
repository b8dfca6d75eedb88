import assert from "node:assert/strict";
import test from "node:test";
import { Drafts } from "../../../chat/static/js/models/drafts.js";
import { People } from "../../../chat/static/js/models/people.js";
import { ReadMarkers } from "../../../chat/static/js/models/read-markers.js";
import { SafeStorage } from "../../../chat/static/js/models/safe-storage.js";
import { Unread } from "../../../chat/static/js/models/unread.js";
import { memoryStorage, message } from "../doubles.js";

test("a draft is kept per room until it is emptied", () => {
  const drafts = new Drafts({ storage: memoryStorage(), userId: "u1" });
  drafts.keep("general", "half a thou");
  assert.equal(drafts.of("general"), "half a thou");
  assert.equal(drafts.of("tech"), "");
  drafts.keep("general", "");
  assert.equal(drafts.of("general"), "");
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
    "those who are told of when the room is small again are all who are here",
  );
});

test("unread asks only for rooms with a marker; a new room counts from its first news on", async () => {
  const asked = [];
  const markers = new ReadMarkers({ storage: memoryStorage(), userId: "u1" });
  const request = async (_event, { after }) => {
    asked.push(after);
    return { counts: Object.fromEntries(Object.keys(after).map((room) => [room, 1])) };
  };
  const unread = new Unread({ markers, request, onChange: () => {} });
  await unread.refresh(["tech"]);
  assert.deepEqual(asked, []);
  const { id } = message(5);
  await unread.activity({ room: "tech", latest: `${id.slice(0, 28)}7f3ac21e00` });
  assert.deepEqual(asked, [{ tech: id }]);
  assert.equal(unread.of("tech"), 1);
});

test("a marker that another tab moved to the latest message needs no request", async () => {
  const it = setUpUnread();
  await it.unread.activity({ room: "tech", latest: "5" });
  it.markers.advance("tech", "4");
  await it.unread.readElsewhere("tech");
  assert.equal(it.asked.length, 2);
  it.markers.advance("tech", "5");
  await it.unread.readElsewhere("tech");
  assert.equal(it.asked.length, 2);
  assert.equal(it.unread.of("tech"), 0);
});

test("after a lost connection the latest message is unknown", async () => {
  const it = setUpUnread();
  await it.unread.activity({ room: "tech", latest: "5" });
  await it.unread.refresh(["tech"]);
  it.markers.advance("tech", "6"); // and 7 may be there, too
  await it.unread.readElsewhere("tech");
  assert.equal(it.asked.length, 3);
  assert.equal(it.unread.of("tech"), 1);
});

test("a count is out of date once the marker has moved", async () => {
  const it = setUpUnread();
  const counting = it.unread.activity({ room: "tech", latest: "5" });
  it.markers.advance("tech", "5");
  await Promise.all([counting, it.unread.readElsewhere("tech")]);
  assert.equal(it.unread.of("tech"), 0);
});

function setUpUnread() {
  const it = { asked: [], markers: new ReadMarkers({ storage: memoryStorage(), userId: "u1" }) };
  it.markers.advance("tech", "1");
  const request = async (_event, { after }) => {
    it.asked.push(after);
    return { counts: { tech: 1 } };
  };
  it.unread = new Unread({ markers: it.markers, request, onChange: () => {} });
  return it;
}
