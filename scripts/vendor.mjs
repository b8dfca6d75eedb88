/**
 * Copies the libraries of the browser client: `node scripts/vendor.mjs NODE_MODULES TARGET`.
 * The Makefile and the Dockerfile both run this.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const FILES = [
  "socket.io-client/dist/socket.io.esm.min.js",
  "marked/lib/marked.esm.js",
  "dompurify/dist/purify.es.mjs",
];
const HIGHLIGHTER = "@highlightjs/cdn-assets/es";
/** In the order of the picker; the numbers are those of emojibase. */
const EMOJI_GROUPS = [
  [0, "Smileys"],
  [1, "People"],
  [3, "Animals & nature"],
  [4, "Food & drink"],
  [6, "Activities"],
  [5, "Travel & places"],
  [7, "Objects"],
  [8, "Symbols"],
  [9, "Flags"],
];
const SOURCE_MAP = /\n?\/\/# sourceMappingURL=.*\s*$/; // removed, because source maps aren't copied

const [, , modules, target] = process.argv;
const read = (path) => readFile(join(modules, path), "utf8");
const write = (name, text) => writeFile(join(target, name), text);

await mkdir(target, { recursive: true });
for (const path of FILES) {
  const name = basename(path).replace(".mjs", ".js");
  await write(name, (await read(path)).replace(SOURCE_MAP, "\n"));
}
await write("emoji.txt", await emoji());
await write("highlight.js", await read(`${HIGHLIGHTER}/core.min.js`));
await mkdir(join(target, "grammars"), { recursive: true });
for (const name of await grammars()) {
  await write(`grammars/${name}.js`, await read(`${HIGHLIGHTER}/languages/${name}.min.js`));
}

/** The grammars that the page uses; their list is in the sources beside the target. */
async function grammars() {
  const languages = pathToFileURL(resolve(target, "../js/lib/languages.js"));
  return (await import(languages)).GRAMMARS;
}

/**
 * The emoji with their names on GitHub, one per line, under the titles of their groups:
 * `# Smileys`, `😀 grinning`, `👍 +1 thumbsup`.
 */
async function emoji() {
  const characters = JSON.parse(await read("emojibase-data/en/compact.json"));
  const names = JSON.parse(await read("emojibase-data/en/shortcodes/github.json"));
  const linesOf = (wanted) =>
    characters
      .filter(({ group, hexcode }) => group === wanted && names[hexcode])
      .map(({ unicode, hexcode }) => [shortest(unicode), names[hexcode]].flat().join(" "));
  return EMOJI_GROUPS.flatMap(([group, title]) => [`# ${title}`, ...linesOf(group)]).join("\n");
}

/** Without the variation selector if the emoji has emoji presentation by default. */
function shortest(emoji) {
  return emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");
}
