export const AVATAR_COLOURS = 10;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

// Letters of scripts with capitals, and digits: two of them fit into an avatar.
const NARROW = /^[\p{Lu}\p{Ll}\p{Lt}\p{Nd}]/u;

// Georgian capitals are used only for whole texts in capitals, and few fonts have them.
const GEORGIAN = /\p{Script=Georgian}/u;

/** The first letters of the first and the last word: "Ada King Lovelace" is "AL". */
export function initials(name) {
  const words = name.split(/[\s._-]+/u).filter(Boolean);
  if (words.length === 0) return "?";
  const [first, last] = [firstLetter(words[0]), firstLetter(words.at(-1))];
  const both = words.length > 1 && NARROW.test(first) && NARROW.test(last);
  const letters = both ? first + last : first;
  return GEORGIAN.test(letters) ? letters : letters.toLocaleUpperCase();
}

/** A hash of the id (FNV-1a): the same colour for the same person in every browser. */
export function colourOf(userId) {
  let hash = 0x811c9dc5;
  for (const character of userId) {
    hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
  }
  return hash % AVATAR_COLOURS;
}

function firstLetter(word) {
  return graphemes.segment(word)[Symbol.iterator]().next().value.segment;
}
