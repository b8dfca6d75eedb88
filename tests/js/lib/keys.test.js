import assert from "node:assert/strict";
import test from "node:test";
import { commandName, isCommand } from "../../../chat/static/js/lib/keys.js";

const held = (...names) => {
  const keys = { altKey: false, ctrlKey: false, metaKey: false };
  return { ...keys, ...Object.fromEntries(names.map((name) => [name, true])) };
};

test("commands have Ctrl, and on a Mac ⌘: there Ctrl moves the caret", () => {
  for (const [platform, key, other, name] of [
    ["Linux x86_64", "ctrlKey", "metaKey", "Ctrl"],
    ["Win32", "ctrlKey", "metaKey", "Ctrl"],
    ["MacIntel", "metaKey", "ctrlKey", "⌘"],
    ["iPhone", "metaKey", "ctrlKey", "⌘"],
  ]) {
    assert.equal(commandName(platform), name);
    assert.ok(isCommand(held(key), platform), platform);
    for (const keys of [[], [other], [key, other], [key, "altKey"]]) {
      assert.ok(!isCommand(held(...keys), platform), `${platform} ${keys}`);
    }
  }
});
