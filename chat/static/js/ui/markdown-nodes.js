import DOMPurify from "../../vendor/purify.es.js";
import { toHtml } from "../lib/markdown.js";
import { codeBlock } from "./code-block.js";

export { proseOf } from "../lib/markdown.js";
export { retryHighlighting } from "./code-block.js";

const SANITIZER = {
  ALLOWED_TAGS: ["a", "blockquote", "code", "em", "li", "ol", "p", "pre", "s", "strong", "ul"],
  ALLOWED_ATTR: ["data-language", "data-mark", "href", "title", "value"],
  ADD_URI_SAFE_ATTR: ["data-language", "data-mark", "value"], // all others must match ALLOWED_URI_REGEXP
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/** @returns {DocumentFragment} a sender's Markdown as sanitised nodes, without scripts and handlers */
export function markdownNodes(text) {
  const nodes = DOMPurify.sanitize(toHtml(text), SANITIZER);
  for (const pre of nodes.querySelectorAll("pre")) pre.replaceWith(codeBlock(pre));
  // The direction of an outer list applies to its marks and to the lists in it, too.
  for (const list of nodes.querySelectorAll(":is(ol, ul):not(li *)")) list.dir = "auto";
  for (const list of nodes.querySelectorAll("ol")) makeRoomForNumbers(list);
  return nodes;
}

/** Numbers stand before the text, where the time appears on hover. */
function makeRoomForNumbers(list) {
  const digits = Math.max(...[...list.children].map(({ value }) => String(value).length));
  list.style.setProperty("--digits", digits);
}
