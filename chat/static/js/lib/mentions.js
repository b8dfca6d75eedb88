import { fold, foldWithPlaces } from "./folding.js";
import { prose } from "./prose.js";
import { IN_WORD } from "./scripts.js";

const BEFORE = new RegExp(`(?<!${IN_WORD}|@)$`, "v");
const AFTER = new RegExp(`^(?!${IN_WORD})`, "v");
const MOST_UNITS = 2; // of a character

/**
 * Where a text mentions somebody: "@" and the name, as a word of its own, however it is spelt.
 * Where several names fit, the longest is meant: "@Ann Marie" doesn't mention Ann.
 *
 * @param {string} text without code and addresses
 * @param {string[]} names those that are known
 * @returns {{from: number, to: number, name: string}[]} places in the text, in its order
 */
export function findMentions(text, names) {
  if (!mayMention(text)) return [];
  const { folded, places } = foldWithPlaces(text);
  const known = names
    .map((name) => ({ name, spelt: `@${fold(name)}` }))
    .sort((a, b) => b.spelt.length - a.spelt.length);
  const found = [];
  for (let from = folded.indexOf("@"); from >= 0; from = folded.indexOf("@", from + 1)) {
    const match = known.find(({ spelt }) => isWordAt(folded, from, spelt));
    if (!match) continue;
    const to = from + match.spelt.length;
    found.push({ from: places[from], to: places[to], name: match.name });
  }
  return found;
}

/**
 * Whether a message mentions somebody.
 *
 * @param {() => string[]} others further names that are known, one of which may be meant instead
 */
export function isMentioned(name, text, others = () => []) {
  if (!mayMention(text)) return false;
  const names = [name, ...others()];
  return prose(text).some((piece) =>
    findMentions(piece, names).some((found) => found.name === name),
  );
}

const mayMention = (text) => /[@＠]/u.test(text);

function isWordAt(text, from, word) {
  const to = from + word.length;
  return (
    text.startsWith(word, from) &&
    BEFORE.test(text.slice(Math.max(0, from - MOST_UNITS), from)) &&
    AFTER.test(text.slice(to, to + MOST_UNITS))
  );
}
