// Invisible, and refused by the server; text pasted from terminals and editors may contain them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is for control characters
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Whether all of a text is invisible, as in chat/text.py: the server refuses such a text. */
export const isBlank = (text) =>
  /^[\s\p{Cc}\p{Cf}\p{DI}\u2800\ufffc\u{1d159}\u{16fe4}]*$/u.test(text);

/** The text without lone surrogates (they are replaced), controls and white space at the end. */
export const sendable = (text) => text.replace(CONTROLS, "").toWellFormed().trimEnd();

/** Characters as the server counts them: code points, not UTF-16 units. */
export function characters(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

const MOST_SHOWN = 99;

/** A count for a small badge. */
export const short = (count) => (count > MOST_SHOWN ? `${MOST_SHOWN}+` : String(count));

export const plural = (count, one, many) => (count === 1 ? `1 ${one}` : `${count} ${many}`);
