import { shownAddress } from "./addresses.js";

const CANDIDATE = /\b(?:https?:\/\/|mailto:)[^\s<>"]+/giu;
const TRAILING = /[.,:;!?'"’”»…]+$/u;
const CLOSERS = { ")": "(", "]": "[", "}": "{" };

/**
 * Only http, https and mailto can ever become a link, and no address with a user name or password:
 * `https://bank.example@evil.example` leads to the second.
 */
export function isLink(href) {
  if (!/^(?:https?|mailto):/iu.test(href) || !URL.canParse(href)) return false;
  const { username, password } = new URL(href);
  return !username && !password;
}

/** The first thing that may be a link. @returns {RegExpExecArray | null} */
export const nextLink = (text) =>
  text.includes(":") ? new RegExp(CANDIDATE, "iu").exec(text) : null;

/** The link with which the text begins, or null. */
export function linkAt(text) {
  const candidate = new RegExp(`^(?:${CANDIDATE.source})`, "iu").exec(text)?.[0];
  const link = candidate && trim(candidate);
  return link && isLink(link) ? link : null;
}

/** Splits a text into plain pieces and links: `[{text}, {text, href}, …]`. */
export function splitLinks(text) {
  const pieces = [];
  let from = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const link = trim(candidate);
    if (!isLink(link)) continue;
    if (index > from) pieces.push({ text: text.slice(from, index) });
    pieces.push({ text: shownAddress(link), href: link });
    from = index + link.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** Gives the sentence its full stop and its closing bracket back. */
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
