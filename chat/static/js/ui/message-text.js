import { splitLinks } from "../lib/links.js";

/** A text as nodes: plain text and links, nothing else. Markup in it stays visible text. */
export function textNodes(text) {
  return splitLinks(text).map((piece) => (piece.href ? linkTo(piece) : piece.text));
}

function linkTo({ text, href }) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}
