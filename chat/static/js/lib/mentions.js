const SPECIAL = /[\\^$.*+?()[\]{}|/-]/gu;

/**
 * Finds where a text calls somebody: "@" and the name, as a word of its own and in any case.
 *
 * @returns {RegExp} with the flag `g`
 */
export function mentionsOf(name) {
  const escaped = name.replace(SPECIAL, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_@])@${escaped}(?![\\p{L}\\p{N}_])`, "giu");
}

export const isMentioned = (name, text) =>
  text.includes("@") && mentionsOf(name).test(text.normalize());
