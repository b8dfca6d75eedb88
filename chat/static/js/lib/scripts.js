/**
 * Letters, digits and punctuation of scripts that put no space between words: what stands beside
 * them may be a word of its own. For a character class of a pattern with the flag `v`.
 */
export const UNSPACED = [
  "Han",
  "Hira",
  "Kana",
  "Hang",
  "Bopo",
  "Thai",
  "Laoo",
  "Khmr",
  "Mymr",
  "Tibt",
]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join("");

/** A letter, digit or mark of a script that ends its words with a space. */
export const IN_WORD = `[[\\p{L}\\p{M}\\p{N}_]--[${UNSPACED}]]`;
