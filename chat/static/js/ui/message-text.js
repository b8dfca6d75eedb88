import { parts } from "../late-parts.js";
import { splitLinks } from "../lib/links.js";
import { hasMarkup, isFewEmoji } from "../lib/markup.js";
import { mentionsOf } from "../lib/mentions.js";

/**
 * Shows a message's text: links, Markdown, and where it calls the reader. Until the Markdown
 * parser is here, which is loaded with the first text that needs it, that text is plain.
 *
 * @param {string} reader the name that is highlighted
 */
export function showText(element, text, reader) {
  element.toggleAttribute("data-few-emoji", isFewEmoji(text));
  if (!hasMarkup(text)) return fill(element, plainNodes(text), reader);
  if (!parts.markdown.part) fill(element, plainNodes(text), reader);
  parts.markdown.whenHere(({ markdownNodes }) => {
    fill(element, markdownNodes(text).childNodes, reader);
  });
}

function fill(element, nodes, reader) {
  element.replaceChildren(...nodes);
  markMentions(element, mentionsOf(reader));
  for (const link of element.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    link.dir = "auto"; // the order of its characters is its own, whatever stands around it
  }
}

const plainNodes = (text) =>
  splitLinks(text).map((piece) => (piece.href ? linkTo(piece) : piece.text));

function linkTo({ text, href }) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  return link;
}

/** Puts what the pattern finds into <mark>; code shows an "@" as what it is. */
function markMentions(element, pattern) {
  if (!element.textContent.includes("@")) return;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const node of texts) {
    if (!node.parentElement.closest("code")) node.replaceWith(...marked(node.data, pattern));
  }
}

function marked(text, pattern) {
  const pieces = [];
  let from = 0;
  for (const { 0: mention, index } of text.matchAll(pattern)) {
    pieces.push(text.slice(from, index), mark(mention));
    from = index + mention.length;
  }
  return [...pieces, text.slice(from)];
}

function mark(text) {
  const element = document.createElement("mark");
  element.className = "mention";
  element.textContent = text;
  return element;
}
