import { parts } from "../late-parts.js";
import { splitLinks } from "../lib/links.js";
import { hasMarkup, isFewEmoji } from "../lib/markup.js";
import { findMentions } from "../lib/mentions.js";

/**
 * Shows a message's text with links, Markdown and highlighted mentions of the reader. The Markdown
 * parser is loaded with the first text that needs it; until then such a text is plain.
 *
 * @param {{name: string, others: () => string[]}} reader the reader's name, and the other names that
 *   are known in the room
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
  markMentions(element, reader);
  for (const link of element.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    link.tabIndex = -1; // ui/message-cursor.js makes the links of one message reachable
    link.dir = "auto"; // the text around it must not change the order of its characters
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

const NO_PROSE = "code, a:not([title])"; // a link that shows its own address has no title

/** Puts mentions of the reader into <mark>; an "@" in code and addresses is no mention. */
function markMentions(element, { name, others }) {
  if (!/[@＠]/u.test(element.textContent)) return;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const node of texts) {
    if (node.parentElement.closest(NO_PROSE)) continue;
    node.replaceWith(...marked(node.data, findMentions(name, node.data, others)));
  }
}

function marked(text, mentions) {
  const pieces = [];
  let end = 0;
  for (const { from, to } of mentions) {
    pieces.push(text.slice(end, from), mark(text.slice(from, to)));
    end = to;
  }
  return [...pieces, text.slice(end)];
}

function mark(text) {
  const element = document.createElement("mark");
  element.className = "mention";
  element.dir = "auto"; // keeps the "@" before the name in any direction of the line
  element.textContent = text;
  return element;
}
