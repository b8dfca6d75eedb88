import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { transform } from "esbuild";

test("the check of the browser has nothing in it that a browser of 2009 can't read", async () => {
  const path = new URL("../../../chat/static/js/check-browser.js", import.meta.url);
  const source = await readFile(path, "utf8");
  const [old, today] = await Promise.all(
    ["es5", "esnext"].map((target) => transform(source, { target })),
  );
  assert.equal(old.code, today.code, "there is nothing to translate");
});
