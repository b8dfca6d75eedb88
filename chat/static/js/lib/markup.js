// Longer texts stay plain, because the parser's time grows with length × marks.
const LONGEST = 8000; // UTF-16 units
const MOST_MARKS = 400;

const MARKUP = /[*_`]|~~|\]\(|^[ \t]*(?:[->]|\d{1,9}[.)])[ \t]+\S/mu;
const EMOJI_AT_MOST = /^[\p{Emoji}\p{Emoji_Component}\s]+$/u;

/** Whether the Markdown parser could change the text. */
export const hasMarkup = (text) =>
  text.length <= LONGEST && MARKUP.test(text) && text.split(/[*_~]/u).length <= MOST_MARKS;

/** One to three emoji and nothing else; they are shown larger. */
export const isFewEmoji = (text) =>
  text.length <= 100 && EMOJI_AT_MOST.test(text) && isThreeEmojiAtMost(text);

/** The pattern takes 20 ms to compile, so it is compiled with the first text that needs it. */
const isThreeEmojiAtMost = (text) => /^(?:\p{RGI_Emoji}\s*){1,3}$/v.test(text);
