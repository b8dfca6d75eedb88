import { IN_WORD } from "./scripts.js";

const NEW_WORD = `(?<!${IN_WORD}|[@＠:])`;
const EMOJI = new RegExp(
  `${NEW_WORD}(?<mark>:)(?<query>[\\p{L}+\\-][\\p{L}\\p{N}_+\\-]{1,40})$`,
  "v",
);
const NAME = new RegExp(`${NEW_WORD}(?<mark>[@＠])(?<query>[^@＠\\n]{0,40})$`, "v");
const WHOLE_EMOJI = new RegExp(`${NEW_WORD}:(?<query>[\\p{L}\\p{N}_+\\-]{1,40}):$`, "v");

/**
 * The text right before the caret that could be completed.
 *
 * @returns {{mark: ":" | "@" | "＠", query: string, from: number} | null} `from`: the place of the mark
 */
export const queryAt = (text, caret) => found(EMOJI, text, caret) ?? found(NAME, text, caret);

/** The whole `:name:` of an emoji right before the caret. */
export const wholeEmojiAt = (text, caret) => found(WHOLE_EMOJI, text, caret);

function found(pattern, text, caret) {
  const line = text.lastIndexOf("\n", caret - 1) + 1;
  const match = pattern.exec(text.slice(line, caret));
  return match && { ...match.groups, from: line + match.index };
}
