import assert from "node:assert/strict";
import test from "node:test";
import { RequestError } from "../../../chat/static/js/lib/request-error.js";
import { Outbox } from "../../../chat/static/js/models/outbox.js";
import { Room } from "../../../chat/static/js/models/room.js";
import { deferred, FakeClock, me, memoryStorage, message, refusal, settled } from "../doubles.js";

/** A room, and the answers that the server gives in turn. */
function setUp() {
  const clock = new FakeClock();
  const it = { clock, asked: [], answers: [], news: [], waits: [] };
  it.outbox = new Outbox({ storage: memoryStorage(), userId: me.id, clock });
  it.room = new Room({
    id: "general",
    title: "General",
    me,
    outbox: it.outbox,
    clock,
    pageSize: 50,
    onChange: () => {},
    random: () => 0.5,
    onHole: (ms) => it.waits.push(ms),
    onNews: ({ text }) => it.news.push(text),
    request: async (event, payload) => {
      it.asked.push([event, payload]);
      return it.answers.shift();
    },
  });
  return it;
}

const joined = (messages, more = {}) => ({
  messages,
  more: false,
  recovered: true,
  people: [],
  count: 0,
  ...more,
});
const numbered = (number) => ({
  ...message(1, { clientId: `c${number}` }),
  id: `2026-11-22T10:00:00.${String(number).padStart(6, "0")}Z.0000000000`,
});

async function joinWith(room, answers, count) {
  answers.push(joined(Array.from({ length: count }, (_, number) => numbered(number))));
  await room.join();
}

const texts = ({ entries }) => entries.map((entry) => entry.message.text);

test("the first join asks for a page, the next one for everything since", async () => {
  const { room, asked, answers } = setUp();
  answers.push(joined([message(1), message(2)], { more: true }), joined([message(2), message(4)]));
  await room.join();
  room.lost();
  room.receive(message(9)); // from another source, with a gap before it
  await room.join();
  assert.equal(asked[0][1].after, undefined);
  assert.equal(asked[1][1].after, message(2).id);
  assert.deepEqual(texts(room), ["m1", "m2", "m4", "m9"]);
  assert.equal(room.older.more, true);
});

test("what can't be recovered is replaced, but what arrived meanwhile stays", async () => {
  const { room, answers } = setUp();
  answers.push(joined([message(1)]));
  await room.join();
  room.lost();
  const answer = deferred();
  answers.push(answer.promise);
  const joining = room.join();
  room.receive(message(30));
  answer.resolve(joined([message(20), message(21)], { recovered: false, more: true }));
  await joining;
  assert.deepEqual(texts(room), ["m20", "m21", "m30"]);
});

test("what arrives while a page is fetched stays, also if it sorts into the page", async () => {
  const { room, answers } = setUp();
  const answer = deferred();
  answers.push(answer.promise);
  const joining = room.join();
  for (const minute of [10, 21, 30]) room.receive(message(minute)); // stored late, by another server
  answer.resolve(joined([message(20), message(22)], { more: true }));
  await joining;
  assert.deepEqual(texts(room), ["m20", "m21", "m22", "m30"]);
});

test("what arrives late and sorts before the loaded page comes with the older messages", async () => {
  const { room, answers, outbox } = setUp();
  room.post("mine");
  const [{ client_id: clientId }] = outbox.of("general");
  answers.push(joined([message(20)], { more: true }));
  await room.join();
  room.receive(message(10)); // there may be others between them
  room.receive(message(11, { user: me, clientId }));
  assert.deepEqual(texts(room), ["m20"]);
  assert.deepEqual(outbox.of("general"), []);
  answers.push({ messages: [message(10), message(11), message(12)], more: false });
  await room.older.load();
  room.receive(message(9));
  assert.deepEqual(texts(room), ["m9", "m10", "m11", "m12", "m20"]);
});

test("what arrives while an empty room is joined stays, what was there before goes", async () => {
  const { room, answers } = setUp();
  room.receive(message(1)); // of a history that is gone
  const answer = deferred();
  answers.push(answer.promise);
  const joining = room.join();
  room.receive(message(2));
  answer.resolve(joined([]));
  await joining;
  assert.deepEqual(texts(room), ["m2"]);
});

test("older messages load one page at a time, and a failure can be tried again", async () => {
  const { room, asked, answers } = setUp();
  answers.push(joined([message(5)], { more: true }), Promise.reject(refusal("unavailable")));
  await room.join();
  await Promise.all([room.older.load(), room.older.load()]);
  assert.equal(asked.length, 2);
  assert.equal(room.older.state, "failed");
  answers.push({ messages: [message(4)], more: false });
  await room.older.load();
  assert.deepEqual(texts(room), ["m4", "m5"]);
  await room.older.load();
  assert.equal(asked.length, 3);
});

test("who loads much at once waits as the server says", async () => {
  const { room, asked, answers, clock } = setUp();
  const refused = new RequestError({ code: "rate_limited", retry_after: 3 });
  answers.push(joined([message(5)], { more: true }), Promise.reject(refused));
  await room.join();
  const loading = room.older.load();
  await settled();
  assert.equal(room.older.state, "loading");
  answers.push({ messages: [message(4)], more: false });
  clock.advance(2900);
  await settled();
  assert.equal(asked.length, 2);
  clock.advance(100);
  await loading;
  assert.deepEqual(texts(room), ["m4", "m5"]);
});

test("history is loaded back to the new line, also if a page of it is already on its way", async () => {
  const { room, asked, answers } = setUp();
  room.markVisit(message(1).id);
  const page = deferred();
  answers.push(joined([message(5), message(6)], { more: true }), page.promise);
  await room.join();
  room.older.load();
  let done = false;
  const loading = room.loadNew().then(() => {
    done = true;
  });
  await settled(); // a loop of requests would never settle
  assert.equal(done, false);
  answers.push({ messages: [message(1), message(2)], more: true });
  page.resolve({ messages: [message(3), message(4)], more: true });
  await loading;
  assert.equal(room.newFrom, "u-ada c2");
  assert.equal(asked.length, 3);
});

test("history that can't be loaded ends the way back to the new line", async () => {
  const { room, answers } = setUp();
  room.markVisit(message(1).id);
  answers.push(joined([message(5)], { more: true }), Promise.reject(refusal("unavailable")));
  await room.join();
  await room.loadNew();
  assert.equal(room.newFrom, null);
  assert.equal(room.older.state, "failed");
});

test("an empty page is the last one, whatever the server says", async () => {
  const { room, asked, answers } = setUp();
  room.markVisit(message(1).id);
  answers.push(joined([message(5)], { more: true }), { messages: [], more: true });
  await room.join();
  await room.loadNew();
  assert.equal(room.older.more, false);
  assert.equal(asked.length, 2);
});

test("an older page that comes after a new start is dropped: there would be a gap", async () => {
  const { room, answers } = setUp();
  const late = deferred();
  answers.push(joined([message(10)], { more: true }), late.promise);
  await room.join();
  const loading = room.older.load();
  room.lost();
  answers.push(joined([message(40)], { recovered: false, more: true }));
  await room.join();
  late.resolve({ messages: [message(9)], more: false });
  await loading;
  assert.deepEqual(texts(room), ["m40"]);
  assert.equal(room.older.more, true);
});

test("a failure to load older messages is forgotten when the room is entered again", async () => {
  const { room, answers } = setUp();
  answers.push(joined([message(5)], { more: true }), Promise.reject(refusal("offline")));
  await room.join();
  await room.older.load();
  room.lost();
  answers.push(joined([message(5)]));
  await room.join();
  assert.equal(room.older.state, "idle");
});

test("a join that is answered after the reader has left makes nothing live", async () => {
  const { room, answers } = setUp();
  const answer = deferred();
  answers.push(answer.promise);
  const joining = room.join();
  room.lost();
  answer.resolve(joined([message(1)]));
  await joining;
  assert.ok(!room.live);
});

test("between two changes the entries are made once", () => {
  const { room } = setUp();
  room.receive(message(1));
  assert.equal(room.entries, room.entries);
  room.receive(message(2));
  assert.equal(room.entries.length, 2);
});

test("a posted text shows at once, and is one entry whether the broadcast or the answer comes first", async () => {
  const { room, outbox } = setUp();
  room.post("hello");
  const [waiting] = room.entries;
  assert.ok(waiting.pending);
  const stored = message(1, { user: me, text: "hello", clientId: waiting.message.client_id });
  room.receive(stored);
  room.receive(stored);
  assert.equal(room.entries.length, 1);
  assert.equal(room.entries[0].key, waiting.key);
  assert.ok(!room.entries[0].pending);
  assert.deepEqual(outbox.of("general"), []);
});

test("a message of somebody else with the same client id settles nothing", () => {
  const { room } = setUp();
  room.post("mine");
  room.receive(message(1, { clientId: room.entries[0].message.client_id }));
  assert.equal(room.entries.length, 2);
});

test("after ten seconds a waiting message says so, until it is tried again", () => {
  const { room, clock } = setUp();
  room.post("hello");
  clock.jump(-86_400_000);
  clock.advance(9999);
  assert.equal(room.entries[0].slow, false);
  clock.advance(1);
  assert.equal(room.entries[0].slow, true);
  room.retry(room.entries[0].message.client_id);
  assert.equal(room.entries[0].slow, false);
});

test("a message taken back is gone, and its text is there to be written anew", () => {
  const { room, outbox } = setUp();
  room.post("almost");
  assert.equal(room.takeBack(room.entries[0].message.client_id), "almost");
  assert.deepEqual(room.entries, []);
  assert.deepEqual(outbox.of("general"), []);
});

test("the new line is above the first message of somebody else after the marker", async () => {
  const { room, answers } = setUp();
  room.markVisit(message(1).id);
  answers.push(joined([message(1), message(2, { user: me }), message(3)]));
  await room.join();
  assert.equal(room.newFrom, "u-ada c3");
});

test("looking away moves the new line only when somebody says something", async () => {
  const { room, answers } = setUp();
  room.markVisit(message(1).id);
  answers.push(joined([message(1), message(2)]));
  await room.join();
  room.lookAway(message(2).id);
  room.receive(message(3, { user: me }));
  assert.equal(room.newFrom, "u-ada c2");
  room.lookBack();
  room.receive(message(4));
  assert.equal(room.newFrom, "u-ada c2");
  room.lookAway(message(4).id);
  room.receive(message(5));
  room.receive(message(6));
  assert.equal(room.newFrom, "u-ada c5");
});

test("without the place of the marker there is no new line", async () => {
  const { room, answers } = setUp();
  room.markVisit(message(1).id);
  answers.push(joined([message(7), message(8)], { more: true }));
  await room.join();
  assert.equal(room.newFrom, null);
});

test("a room that is open for long keeps its newest messages, and can load the others again", async () => {
  const { room, answers } = setUp();
  await joinWith(room, answers, 2000);
  room.trim();
  assert.equal(room.entries.length, 2000);
  room.receive(numbered(2000));
  room.trim();
  assert.equal(room.entries.length, 1000);
  assert.equal(room.oldest.id, numbered(1001).id);
  assert.equal(room.older.more, true);
  answers.push({ messages: [numbered(999), numbered(1000)], more: true });
  await room.older.load();
  assert.equal(room.oldest.id, numbered(999).id);
});

test("what is below the new line, or the reader's place, is never let go of", async () => {
  const { room, answers } = setUp();
  room.markVisit(numbered(499).id);
  await joinWith(room, answers, 2500);
  room.trim();
  assert.equal(room.oldest.id, numbered(499).id);
  assert.equal(room.newFrom, "u-ada c500");
  room.trim("u-ada c499");
  assert.equal(room.entries.length, 2001);
  room.markVisit(numbered(2499).id);
  room.trim("u-ada c700");
  assert.equal(room.oldest.id, numbered(700).id);
});

test("whose message arrives is no longer typing", async () => {
  const { room } = setUp();
  room.typists.started({ id: "u-ada", name: "Ada" });
  room.receive(message(1));
  await settled();
  assert.deepEqual(room.typists.names, []);
});

test("what arrives live or was missed is news, once; the page of history is none", async () => {
  const { room, answers, news } = setUp();
  answers.push(joined([message(1)]), joined([message(1), message(2), message(3)]));
  await room.join();
  assert.deepEqual(news, []);
  room.receive(message(2));
  room.receive(message(2));
  room.lost();
  await room.join();
  assert.deepEqual(news, ["m2", "m3"]);
});

test("after a gap that can't be closed there is no telling what is news", async () => {
  const { room, answers, news } = setUp();
  answers.push(joined([message(1)]), joined([message(8)], { recovered: false, more: true }));
  await room.join();
  room.lost();
  await room.join();
  assert.deepEqual(news, []);
});

test("what arrives while the reader watches is not new", async () => {
  const { room, answers } = setUp();
  answers.push(joined([message(1)]), joined([message(1), message(2), message(3)]));
  room.markVisit(message(1).id);
  await room.join();
  room.watched = true;
  room.receive(message(2));
  assert.equal(room.newFrom, null);
  room.lookAway(message(2).id);
  room.receive(message(3));
  assert.equal(room.newFrom, "u-ada c3");
  room.lookBack();
  room.watched = true;
  room.receive(message(4));
  assert.equal(room.newFrom, "u-ada c3", "the line stays for the visit");
});

test("what was said before the room was live is new, also to who looks at it already", async () => {
  const { room, answers } = setUp();
  answers.push(joined([message(1), message(2)]), joined([message(3)], { recovered: true }));
  room.markVisit(message(1).id);
  room.watched = true; // the room is on the screen before the answer
  await room.join();
  assert.equal(room.newFrom, "u-ada c2");
  room.markVisit(message(2).id);
  room.lost();
  await room.join();
  assert.equal(room.newFrom, "u-ada c3");
});

test("who has scrolled up sees where the new ones begin", async () => {
  const { room, answers } = setUp();
  answers.push(joined([message(1)]));
  room.markVisit(message(1).id);
  await room.join();
  room.watched = true;
  room.receive(message(2));
  room.watched = false;
  room.receive(message(3));
  room.receive(message(4));
  assert.equal(room.newFrom, "u-ada c3");
});

test("who answers has read", async () => {
  const { room, answers } = setUp();
  answers.push(joined([message(1), message(2)]));
  room.markVisit(message(1).id);
  await room.join();
  assert.equal(room.newFrom, "u-ada c2");
  room.post("my answer");
  assert.equal(room.newFrom, null);
});

test("who comes or goes after the answer to a join was sent counts, also if that is heard before", async () => {
  const { room, answers } = setUp();
  const [ada, ben, cem] = ["Ada", "Ben", "Cem"].map((name) => ({ id: `u-${name}`, name }));
  const names = () => room.people.sorted.map(({ name }) => name);
  const answer = deferred();
  answers.push(answer.promise);
  const joining = room.join();
  room.changePeople({ count: 2, joined: [ada], left: [ben.id], follows: 6 });
  room.changePeople({ count: 3, joined: [cem], left: [], follows: 7 });
  answer.resolve(joined([], { people: [ada, ben], count: 2, follows: 7 }));
  await joining;
  assert.deepEqual(names(), ["Ada", "Ben", "Cem"]);
  assert.equal(room.people.count, 3);
  room.changePeople({ count: 2, joined: [], left: [cem.id], follows: 8 });
  answers.push(joined([], { people: [ada, ben, cem], count: 3, follows: 9 }));
  await room.join();
  assert.deepEqual(names(), ["Ada", "Ben", "Cem"]);
});

test("a first edition of the server doesn't number what changes of the people", async () => {
  const { room, answers } = setUp();
  const answer = deferred();
  answers.push(answer.promise);
  const joining = room.join();
  room.changePeople({ count: 1, joined: [me], left: [] });
  answer.resolve(joined([], { people: [], count: 0 }));
  await joining;
  assert.equal(room.people.count, 1);
});

test("unread messages of others show whether they mention the reader", async () => {
  const { room, answers } = setUp();
  const call = `@${me.name.toUpperCase()}, look`;
  answers.push(
    joined([message(1, { text: call }), message(2), message(3, { user: me, text: call })]),
  );
  await room.join();
  assert.equal(room.mentionsMeAfter(""), true);
  assert.equal(room.mentionsMeAfter(message(1).id), false);
});

test("a longer name that somebody here has isn't the reader's", async () => {
  const { room, answers } = setUp();
  const marie = { id: "u-marie", name: `${me.name} Marie` };
  const call = message(1, { text: `@${marie.name}, look` });
  answers.push(joined([call], { people: [marie], count: 1 }));
  await room.join();
  assert.equal(room.mentionsMeAfter(""), false);
  room.people.replace({ people: [], count: 0 });
  assert.equal(room.mentionsMeAfter(""), true);
});

/** The room with the messages 1 and 2; the `up_to` of the server covers only the first. */
async function setUpCounted() {
  const it = setUp();
  it.answers.push(joined([message(1), message(2)], { follows: 5, up_to: message(1).id }));
  await it.room.join();
  it.hear = (minute, follows) => {
    it.room.count({ follows });
    it.room.receive(message(minute));
  };
  return it;
}

test("what was lost on the way comes with the next join, into its place and as news", async () => {
  const { room, asked, answers, news, waits, hear } = await setUpCounted();
  hear(4, 6); // 3 was lost
  assert.deepEqual(waits, [500]);
  assert.ok(room.live);
  assert.ok(!room.complete);
  assert.deepEqual(texts(room), ["m1", "m2", "m4"]);
  const missed = [message(1), message(2), message(3), message(4)];
  answers.push(joined(missed, { follows: 7, up_to: message(3).id }));
  await room.join();
  const { after, up_to } = asked[1][1];
  assert.deepEqual([after, up_to], [message(1).id, message(1).id]);
  assert.deepEqual(texts(room), ["m1", "m2", "m3", "m4"]);
  assert.deepEqual(news, ["m4", "m3"]);
  assert.ok(room.complete);
});

test("a hole is mended without a new start: history, place and new line stay", async () => {
  const { room, answers, hear } = await setUpCounted();
  answers.push({ messages: [message(0)], more: true });
  room.older.more = true;
  await room.older.load();
  room.markVisit(message(1).id);
  hear(4, 6);
  answers.push(joined([message(1), message(2), message(3), message(4)], { follows: 7 }));
  await room.join();
  assert.deepEqual(texts(room), ["m0", "m1", "m2", "m3", "m4"]);
  assert.equal(room.newFrom, "u-ada c2");
  assert.equal(room.older.more, true);
});

test("if the server can't prove that this is all, the page starts over", async () => {
  const { room, answers, asked, hear } = await setUpCounted();
  hear(30, 600);
  const page = [message(29), message(30)];
  const up_to = message(29).id;
  answers.push(joined(page, { recovered: false, more: true, follows: 601, up_to }), joined([]));
  await room.join();
  assert.deepEqual(texts(room), ["m29", "m30"]);
  assert.equal(room.older.more, true);
  assert.ok(room.complete);
  await room.join();
  assert.equal(asked[2][1].after, message(29).id);
});

test("what arrives during the join that mends is shown at once and counted afterwards", async () => {
  const { room, answers, waits, hear } = await setUpCounted();
  hear(4, 6);
  const answer = deferred();
  answers.push(answer.promise);
  const joining = room.join();
  hear(5, 7);
  hear(7, 9); // 8 was lost
  assert.deepEqual(texts(room), ["m1", "m2", "m4", "m5", "m7"]);
  answer.resolve(joined([message(3), message(4)], { follows: 7 }));
  await joining;
  assert.equal(waits.length, 2);
  assert.ok(!room.complete);
});

test("a room that was entered while the history is down counts nothing until it is joined", async () => {
  const { room, answers, waits, hear } = await setUpCounted();
  room.lost();
  answers.push(Promise.reject(refusal("unavailable")));
  await assert.rejects(room.join());
  hear(5, 70);
  hear(7, 72);
  assert.deepEqual(waits, []);
  assert.ok(!room.live);
  answers.push(joined([message(5), message(6), message(7)], { follows: 73 }));
  await room.join();
  hear(8, 73);
  assert.deepEqual(waits, []);
  assert.deepEqual(texts(room), ["m1", "m2", "m5", "m6", "m7", "m8"]);
});

test("the answer to a send moves neither the numbers nor the cursor", async () => {
  const { room, answers, asked, waits, hear } = await setUpCounted();
  room.receive(message(4, { user: me })); // the answer; the broadcast comes later
  hear(3, 5);
  hear(4, 6);
  assert.deepEqual(waits, []);
  room.lost();
  answers.push(joined([]));
  await room.join();
  assert.equal(asked[1][1].after, message(1).id);
});

test("a room that is open for long can always be recovered", async () => {
  const { room, answers, asked } = setUp();
  const all = Array.from({ length: 2500 }, (_, number) => numbered(number));
  answers.push(joined(all, { follows: 0, up_to: numbered(2200).id }), joined([]));
  await room.join();
  room.trim();
  await room.join();
  assert.equal(asked[1][1].after, numbered(2200).id);
});

test("what is seen first is replaced by what the first join brings", async () => {
  const { room, asked, answers, news } = setUp();
  room.markVisit(message(1).id);
  room.preview({ messages: [message(2), message(3)], more: true });
  room.watched = true;
  assert.deepEqual(texts(room), ["m2", "m3"]);
  assert.equal(room.live, false);
  assert.equal(room.newFrom, null, "older unread ones may come");
  answers.push(joined([message(1), message(3)]));
  await room.join();
  assert.equal(asked[0][1].after, undefined);
  assert.deepEqual(texts(room), ["m1", "m3"]);
  assert.equal(room.newFrom, `${message(3).user.id} c3`);
  assert.deepEqual(news, []);
});

test("what is seen first comes too late after a join", async () => {
  const { room, answers } = setUp();
  answers.push(joined([message(1)]));
  await room.join();
  room.preview({ messages: [message(0)], more: false });
  assert.deepEqual(texts(room), ["m1"]);
});

test("what is seen first may be all there is, until a join says otherwise", async () => {
  const { room, answers } = setUp();
  assert.equal(room.hasBeginning, false);
  room.preview({ messages: [message(1)], more: false });
  assert.equal(room.hasBeginning, true);
  answers.push(joined([message(2)], { more: true }));
  await room.join();
  assert.equal(room.hasBeginning, false);
});
