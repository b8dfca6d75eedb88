/**
 * Letters, digits and punctuation of scripts without spaces between words: text beside them may be a
 * separate word. For a character class of a pattern with the flag `v`.
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

/** A letter, digit or mark of a script with spaces between words. */
export const IN_WORD = `[[\\p{L}\\p{M}\\p{N}_]--[${UNSPACED}]]`;
