import { shownAddress } from "./addresses.js";
import { UNSPACED } from "./scripts.js";

// Joiners and variation selectors: emoji are composed with them, and some languages need joiners.
const JOINER = String.raw`(?<=[\p{L}\p{M}\p{Extended_Pictographic}\uFE0F])[\u200C\u200D](?=[\p{L}\p{Extended_Pictographic}])|(?<=\p{Emoji})\uFE0F`;
// Characters that end an address: white space, invisible characters, quotation marks, and the
// punctuation of scripts without spaces.
const OUTSIDE = String.raw`\s<>"\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Pi}\p{Pf}\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65[\p{P}&&[${UNSPACED}]]`;
const REST = `(?:${JOINER}|[^${OUTSIDE}])+`;
const LOCAL = "a-z0-9._%+\\-";
const CANDIDATE = [
  String.raw`\b(?:https?:\/\/|mailto:)${REST}`,
  String.raw`(?<![\p{L}\p{N}\p{M}_.\-@\/])(?<www>www\.[\p{L}\p{N}]${REST})`,
  String.raw`(?<![${LOCAL}\/])(?<mail>[a-z0-9][${LOCAL}]*@(?:[a-z0-9\-]{1,63}\.)+[a-z]{2,63})(?![a-z0-9_@\-])`,
].join("|");
const NEEDED = /[:@]|www\./iu; // a fast test that most messages without a link fail
const TRAILING = /[[\p{P}&&[^\/\-#%&@\(\)\[\]\{\}]]~]+$/v;
const CLOSERS = { ")": "(", "]": "[", "}": "{" };

/**
 * Only http, https and mailto become links, and no address with a user name or password:
 * `https://bank.example@evil.example` leads to evil.example.
 */
export function isLink(href) {
  if (!/^(?:https?|mailto):/iu.test(href) || !URL.canParse(href)) return false;
  const { username, password } = new URL(href);
  return !username && !password;
}

/** The first candidate for a link. @returns {RegExpExecArray | null} */
export const nextLink = (text) =>
  NEEDED.test(text) ? new RegExp(CANDIDATE, "iv").exec(text) : null;

/**
 * The link at the beginning of the text, or null.
 *
 * @param {string} before the character before the text
 * @returns {{text: string, href: string} | null}
 */
export function linkAt(text, before = "") {
  if (!NEEDED.test(text)) return null;
  const pattern = new RegExp(CANDIDATE, "ivy");
  pattern.lastIndex = before.length;
  const match = pattern.exec(before + text);
  return match && linkOf(match);
}

/** Splits a text into plain pieces and links: `[{text}, {text, href}, …]`. */
export function splitLinks(text) {
  if (!NEEDED.test(text)) return [{ text }];
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(new RegExp(CANDIDATE, "giv"))) {
    const link = linkOf(match);
    if (!link) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ text: shownAddress(link.text, link.href), href: link.href });
    from = match.index + link.text.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

function linkOf({ 0: candidate, groups }) {
  const text = groups.mail ?? trim(candidate);
  const href = schemeOf(groups) + text;
  return isLink(href) ? { text, href } : null;
}

function schemeOf({ www, mail }) {
  if (mail) return "mailto:";
  return www ? "https://" : "";
}

/** Removes from the end punctuation and closing brackets that belong to the sentence around the link. */
function trim(link) {
  for (;;) {
    const shorter = withoutOpenCloser(link.replace(TRAILING, ""));
    if (shorter === link) return link;
    link = shorter;
  }
}

function withoutOpenCloser(link) {
  const opener = CLOSERS[link.at(-1)];
  if (!opener || count(link, opener) >= count(link, link.at(-1))) return link;
  return link.slice(0, -1);
}

const count = (text, character) => text.split(character).length - 1;
