/**
 * Copies what the browser gets of other projects: `node scripts/vendor.mjs NODE_MODULES TARGET`.
 * The Makefile and the Dockerfile both run this.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

const FILES = [
  "socket.io-client/dist/socket.io.esm.min.js",
  "marked/lib/marked.esm.js",
  "dompurify/dist/purify.es.mjs",
];
const SOURCE_MAP = /\n?\/\/# sourceMappingURL=.*\s*$/; // it would name a file that isn't there

const [, , modules, target] = process.argv;
const read = (path) => readFile(join(modules, path), "utf8");
const write = (name, text) => writeFile(join(target, name), text);

await mkdir(target, { recursive: true });
for (const path of FILES) {
  const name = basename(path).replace(".mjs", ".js");
  await write(name, (await read(path)).replace(SOURCE_MAP, "\n"));
}
await write("emoji.txt", await emoji());

/** The emoji with their names on GitHub, one per line: `😀 grinning`, `👍 +1 thumbsup`. */
async function emoji() {
  const characters = JSON.parse(await read("emojibase-data/en/compact.json"));
  const names = JSON.parse(await read("emojibase-data/en/shortcodes/github.json"));
  return characters
    .filter(({ hexcode }) => names[hexcode])
    .map(({ unicode, hexcode }) => [shortest(unicode), names[hexcode]].flat().join(" "))
    .join("\n");
}

/** Without the selector that asks for a picture where there is one anyway. */
function shortest(emoji) {
  return emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");
}
