const EMOJI = /(?<=^|[\s(])(?<mark>:)(?<query>[\p{L}+-][\p{L}\p{N}_+-]{1,40})$/u;
const NAME = /(?<=^|[\s(])(?<mark>@)(?<query>[^@\n]{0,40})$/u;
const WHOLE_EMOJI = /(?<=^|[\s(]):(?<query>[\p{L}\p{N}_+-]{1,40}):$/u;

/**
 * What is being written right before the caret that could be completed.
 *
 * @returns {{mark: ":" | "@", query: string, from: number} | null} `from`: where its mark stands
 */
export const queryAt = (text, caret) => found(EMOJI, text, caret) ?? found(NAME, text, caret);

/** An emoji's whole `:name:` right before the caret. */
export const wholeEmojiAt = (text, caret) => found(WHOLE_EMOJI, text, caret);

function found(pattern, text, caret) {
  const line = text.lastIndexOf("\n", caret - 1) + 1;
  const match = pattern.exec(text.slice(line, caret));
  return match && { ...match.groups, from: line + match.index };
}
