import assert from "node:assert/strict";
import test from "node:test";
import { StorageLocks } from "../../../chat/static/js/models/storage-locks.js";
import { deferred, FakeClock, memoryStorage, settled } from "../doubles.js";

/** Tabs of one browser: they share nothing but the storage. */
function setUp() {
  const clock = new FakeClock();
  const storage = memoryStorage();
  return {
    clock,
    storage,
    tab: () => new StorageLocks({ storage, clock }),
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 50) {
        await settled();
        clock.advance(50);
      }
      await settled();
    },
  };
}

/** A task that lasts until it is told to end. */
function lasting() {
  const { promise, resolve } = deferred();
  const task = (lock) => {
    it.lock = lock;
    return promise;
  };
  const it = { lock: undefined, task, end: resolve };
  return it;
}

test("one tab after the other", async () => {
  const { tab, pass } = setUp();
  const [first, second] = [lasting(), lasting()];
  tab().request("outbox", first.task);
  tab().request("outbox", second.task);
  await pass(1000);
  assert.deepEqual([first.lock, second.lock].filter(Boolean), [{ name: "outbox" }]);
  for (const it of [first, second]) if (it.lock) it.end();
  await pass(1000);
  assert.ok(first.lock && second.lock);
});

test("other names are other locks", async () => {
  const { tab, pass } = setUp();
  const [first, second] = [lasting(), lasting()];
  tab().request("outbox a", first.task);
  tab().request("outbox b", second.task);
  await pass(300);
  assert.ok(first.lock && second.lock);
});

test("a long task keeps it", async () => {
  const { tab, pass } = setUp();
  const [first, second] = [lasting(), lasting()];
  tab().request("outbox", first.task);
  await pass(300);
  tab().request("outbox", second.task);
  await pass(60_000);
  assert.ok(first.lock);
  assert.equal(second.lock, undefined);
});

test("a tab that is gone loses it", async () => {
  const { storage, clock, tab, pass } = setUp();
  storage.set("lock outbox", { holder: "gone", until: clock.now() + 6000 });
  const it = lasting();
  tab().request("outbox", it.task);
  await pass(5000);
  assert.equal(it.lock, undefined);
  await pass(2000);
  assert.ok(it.lock);
});

test("a clock that was set back doesn't lock for ever", async () => {
  const { storage, clock, tab, pass } = setUp();
  storage.set("lock outbox", { holder: "gone", until: clock.now() + 86_400_000 });
  const it = lasting();
  tab().request("outbox", it.task);
  await pass(300);
  assert.ok(it.lock);
});

test("a tab that was suspended takes nothing back", async () => {
  const { storage, tab, pass } = setUp();
  const it = lasting();
  tab().request("outbox", it.task);
  await pass(300);
  const other = { holder: "another tab", until: Number.MAX_SAFE_INTEGER };
  storage.set("lock outbox", other);
  await pass(5000);
  it.end();
  await pass(300);
  assert.deepEqual(storage.get("lock outbox"), other);
});

test("with ifAvailable a task gets null at once if the lock is held", async () => {
  const { tab, pass } = setUp();
  const [first, second] = [lasting(), lasting()];
  tab().request("n", { ifAvailable: true }, first.task);
  await pass(300);
  tab().request("n", { ifAvailable: true }, second.task);
  await pass(300);
  assert.ok(first.lock);
  assert.equal(second.lock, null);
});

test("it is free after a task that failed", async () => {
  const { tab, pass } = setUp();
  const failing = tab().request("n", async () => {
    throw new Error("no");
  });
  await Promise.all([assert.rejects(failing), pass(300)]);
  const it = lasting();
  tab().request("n", it.task);
  await pass(300);
  assert.ok(it.lock);
});
