import assert from "node:assert/strict";
import test from "node:test";
import { MessageStore } from "../../../chat/static/js/models/message-store.js";
import { message } from "../doubles.js";

const ids = (messages) => messages.map(({ id }) => id);
const [a, b, c, d] = [1, 2, 3, 4].map((minute) => message(minute));

test("whatever the order of arrival, the order of the store is that of the ids", () => {
  for (const order of [
    [a, b, c, d],
    [d, c, b, a],
    [c, a, d, b],
  ]) {
    const store = new MessageStore();
    for (const one of order) store.merge([one]);
    assert.deepEqual(ids(store.messages), ids([a, b, c, d]));
  }
});

test("a message is kept once, and only what was new is reported", () => {
  const store = new MessageStore();
  store.merge([a, c]);
  assert.deepEqual(store.merge([a, b, c, b]), [b]);
  assert.equal(store.messages.length, 3);
});

test("it knows its ends and what is behind an id", () => {
  const store = new MessageStore();
  assert.equal(store.newest, undefined);
  store.merge([b, c, d]);
  assert.equal(store.oldest, b);
  assert.equal(store.newest, d);
  assert.deepEqual(store.after(b.id), [c, d]);
  assert.deepEqual(store.after(a.id), [b, c, d]);
  assert.deepEqual(store.after(d.id), []);
  assert.equal(store.newestUpTo(a.id), undefined);
  assert.equal(store.newestUpTo(b.id), b);
  assert.equal(store.newestUpTo(`${c.id}1`), c);
});
