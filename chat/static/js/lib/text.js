// Nobody sees them, the server takes none of them; terminals and editors paste them along.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** True for what a reader can't see, as in chat/text.py: the server would refuse such a text. */
export const isBlank = (text) =>
  /^[\s\p{Cc}\p{Cf}\p{DI}\u2800\ufffc\u{1d159}\u{16fe4}]*$/u.test(text);

/** The text as it can be sent: without half characters, controls and white space at its end. */
export const sendable = (text) => text.replace(CONTROLS, "").toWellFormed().trimEnd();

/** Characters as the server counts them: code points, so an emoji isn't two. */
export function characters(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

const MOST_SHOWN = 99;

/** A count for a small badge. */
export const short = (count) => (count > MOST_SHOWN ? `${MOST_SHOWN}+` : String(count));

export const plural = (count, one, many) => (count === 1 ? `1 ${one}` : `${count} ${many}`);
