import { fold, foldWithPlaces } from "./folding.js";
import { prose } from "./prose.js";
import { IN_WORD } from "./scripts.js";

const BEFORE = new RegExp(`(?<!${IN_WORD}|@)$`, "v");
// A hyphen may be part of an unknown longer name: "@Anne-Marie" isn't Anne.
const AFTER = new RegExp(`^(?!-?${IN_WORD})`, "v");
const MOST_UNITS = 3; // UTF-16 units of a hyphen and a character
const MOST_SPELLINGS = 2000; // a page needs days to learn so many names

/**
 * Where a text mentions a person: "@" and the name, as a separate word, in any spelling that folds to
 * the same. If a longer known name matches, too, the longer one is meant: "@Ann Marie" isn't Ann.
 *
 * @param {string} name
 * @param {string} text without code and addresses
 * @param {() => string[]} others other known names
 * @returns {{from: number, to: number}[]} places in the text, in its order
 */
export function findMentions(name, text, others = () => []) {
  if (!mayMention(text)) return [];
  const { folded, places } = foldWithPlaces(text);
  const spelt = spellingOf(name);
  const found = placesOf(spelt, folded);
  if (found.length === 0) return []; // nearly always; saves the check of the other names
  const longer = others()
    .map(spellingOf)
    .filter((other) => other.length > spelt.length && other.startsWith(spelt));
  return found
    .filter((from) => !longer.some((other) => isWordAt(folded, from, other)))
    .map((from) => ({ from: places[from], to: places[from + spelt.length] }));
}

/**
 * Whether a message mentions somebody.
 *
 * @param {() => string[]} others other known names, one of which may be meant instead
 */
export function isMentioned(name, text, others) {
  if (!mayMention(text)) return false;
  return prose(text).some((piece) => findMentions(name, piece, others).length > 0);
}

const mayMention = (text) => /[@＠]/u.test(text);

const spellings = new Map(); // of names: each is looked for in many texts

function spellingOf(name) {
  if (spellings.size >= MOST_SPELLINGS) spellings.clear();
  if (!spellings.has(name)) spellings.set(name, `@${fold(name)}`);
  return spellings.get(name);
}

function placesOf(spelt, folded) {
  const found = [];
  for (let from = folded.indexOf(spelt); from >= 0; from = folded.indexOf(spelt, from + 1)) {
    if (isWordAt(folded, from, spelt)) found.push(from);
  }
  return found;
}

function isWordAt(text, from, word) {
  const to = from + word.length;
  return (
    text.startsWith(word, from) &&
    BEFORE.test(text.slice(Math.max(0, from - MOST_UNITS), from)) &&
    AFTER.test(text.slice(to, to + MOST_UNITS))
  );
}
