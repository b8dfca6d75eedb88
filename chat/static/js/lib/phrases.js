/**
 * Who is typing, in words.
 *
 * @param {string[]} names
 * @returns {(string | {name: string})[]} names separate from the text, for bidirectional isolation
 */
export function typingPhrase(names) {
  const [first, second] = names.map((name) => ({ name }));
  if (names.length === 0) return [];
  if (names.length === 1) return [first, " is typing"];
  if (names.length === 2) return [first, " and ", second, " are typing"];
  return ["Several people are typing"];
}
