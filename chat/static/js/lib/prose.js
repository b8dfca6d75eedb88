import { splitLinks } from "./links.js";
import { hasMarkup } from "./markup.js";

const CODE_MARK = /`|~~~/u;
const BETWEEN_BACKTICKS = /(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gsu;

let parse = null;

/** From now on the Markdown parser decides what is code. @param {(text: string) => string} proseOf */
export function askParser(proseOf) {
  parse = proseOf;
}

/**
 * The pieces of a message's text that are neither code nor addresses. Until the parser is loaded,
 * text between two equal runs of backticks counts as code.
 */
export function prose(text) {
  if (!hasMarkup(text) || !CODE_MARK.test(text)) return piecesOf(text);
  return parse ? [parse(text)] : piecesOf(text.replace(BETWEEN_BACKTICKS, "`"));
}

const piecesOf = (text) =>
  splitLinks(text)
    .filter(({ href }) => !href)
    .map((piece) => piece.text);
