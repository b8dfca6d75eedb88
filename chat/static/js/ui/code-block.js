import { browserClock as clock } from "../lib/clock.js";
import { languageOf } from "../lib/languages.js";
import { Highlighter } from "../models/highlighter.js";
import { staticFile } from "../static-files.js";

const FOLDED_FROM = 16; // lines
const HIGHLIGHTED_UP_TO = 4000; // UTF-16 units, the default limit of a message
const COPIED_MS = 2000;

const highlighter = new Highlighter({
  clock,
  makeWorker: () => new Worker(staticFile("js/highlighting.js"), { type: "module" }),
});

/** Retries the grammars that could not be loaded; called after a connect. */
export const retryHighlighting = () => highlighter.retry();

/** Code with the name of its language and a button that copies it; long code is folded. */
export function codeBlock({ textContent: code, dataset }) {
  const template = document.getElementById("code-block-template");
  const block = template.content.firstElementChild.cloneNode(true);
  const { title, grammar } = languageOf(dataset.language);
  part(block, "language").textContent = title;
  part(block, "text").textContent = code;
  part(block, "copy").addEventListener("click", () => copy(block));
  widths.observe(part(block, "scroller"));
  if (linesOf(code) >= FOLDED_FROM) makeFoldable(block);
  if (grammar && code.length <= HIGHLIGHTED_UP_TO) highlight(block, grammar);
  return block;
}

/** Makes a block that can be scrolled sideways reachable with Tab. */
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  }
});

const linesOf = (code) => code.split("\n").length;

function makeFoldable(block) {
  const scroller = part(block, "scroller");
  const button = part(block, "fold");
  button.hidden = false;
  fold(block, true);
  button.addEventListener("click", () => {
    hush(block);
    fold(block, !block.hasAttribute("data-folded"));
  });
  // Unfold if the browser's search, or a growing selection, scrolls below the fold.
  scroller.addEventListener("scroll", () => {
    if (scroller.scrollTop > 0 && block.hasAttribute("data-folded")) button.click();
  });
}

function fold(block, folded) {
  block.toggleAttribute("data-folded", folded);
  part(block, "fold-label").textContent = folded
    ? `Show all ${linesOf(part(block, "text").textContent)} lines`
    : "Show less";
}

function highlight(block, grammar) {
  const element = part(block, "text");
  const code = element.textContent;
  highlighter.highlight(grammar, code, (pieces) => {
    if (pieces.map(({ text }) => text).join("") !== code) return;
    hush(block);
    element.replaceChildren(...pieces.map(nodeOf));
  });
}

function nodeOf({ text, kind }) {
  if (!kind) return document.createTextNode(text);
  const element = document.createElement("span");
  element.className = `code-${kind}`;
  element.textContent = text;
  return element;
}

const copied = new WeakMap(); // by block: the timer that ends the "copied" state

async function copy(block) {
  const done = (await write(part(block, "text").textContent)) || copySelected(part(block, "text"));
  hush(block);
  part(block, "copy-label").textContent = done ? "Copied" : "Not copied";
  part(block, "status").textContent = done ? "Copied" : "The code is selected, but not copied.";
  clearTimeout(copied.get(block));
  copied.set(block, setTimeout(forget, COPIED_MS, block));
}

function forget(block) {
  part(block, "copy-label").textContent = "Copy";
  part(block, "status").textContent = "";
}

/** @returns {Promise<boolean>} whether it worked: browsers have the Clipboard API only over HTTPS */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function copySelected(element) {
  getSelection().selectAllChildren(element);
  return document.execCommand("copy");
}

/** Hides a change from screen readers, which would speak it as an addition to the log. */
const hush = (block) => block.setAttribute("aria-live", "off");

const part = (block, name) => block.querySelector(`[data-code-${name}]`);
