/** True for what a reader can't see: white space, controls, and invisible format characters. */
export const isBlank = (text) => /^[\s\p{Cc}\p{Cf}]*$/u.test(text);

/** Characters as the server counts them: code points, so an emoji isn't two. */
export function characters(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export const plural = (count, one, many) => (count === 1 ? `1 ${one}` : `${count} ${many}`);
