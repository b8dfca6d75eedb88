import { Marked, Renderer, Tokenizer } from "../../vendor/marked.esm.js";
import { misleads, shownAddress } from "./addresses.js";
import { isLink, linkAt, nextLink } from "./links.js";
import { IN_WORD, UNSPACED } from "./scripts.js";

const DEEPEST = 6; // nested quotes and lists; deeper ones stay text
const QUOTED_LINES = /^(?: {0,3}>(?: [^\n]*)?(?:\n|$))+/u;
// Emphasis doesn't begin after a word, in a path, or in "¯_(ツ)_/¯".
const NO_BEGIN_AFTER = new RegExp(`[\\p{Sk}\\/\\\\[${IN_WORD}]]$`, "v");
const LANGUAGE = /^[\w+#.-]{1,20}/u; // only characters that need no escape in HTML
// Italic text ends at the end of a word: "*.py and 2*3" has none.
const NO_END_BEFORE = new RegExp(`^${IN_WORD}`, "v");
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, "v");
const SAYS_NOTHING = /^[^\p{L}\p{N}\p{Extended_Pictographic}]*$/u;

/**
 * The Markdown of a chat: bold, italic, struck, code, quotes, lists and links. Everything else stays
 * as typed, with line breaks and spaces; the page shows the result with `white-space: pre-wrap`. Text
 * that is rarely meant as markup isn't markup: `__init__`, `2**8`, `>_<`, a backslash.
 *
 * @returns {string} HTML, to be sanitised
 */
export const toHtml = (text) => marked.parse(text).replace(NAMED_LINK, honest);

/** The text of a message without code and addresses, as the page shows it. */
export const proseOf = (text) => shownText(toHtml(text).replace(NO_PROSE, CODE_SIGN));

class ChatTokenizer extends Tokenizer {
  #depth = 0;

  /** Removes the newline that the parser adds at the end of code. Empty fences aren't code. */
  fences(src) {
    const token = super.fences(src);
    if (!token) return undefined;
    const { raw, text } = token;
    if (text.trim()) return { ...token, text: text.replace(/\n$/u, "") };
    return { type: "paragraph", raw, text: raw, tokens: [plain(raw)] };
  }

  /** A quote ends with the last line that has a ">", so that the answer below isn't part of it. */
  blockquote(src) {
    const raw = QUOTED_LINES.exec(src)?.[0].trimEnd();
    if (!raw || !/[^\s>]/u.test(raw)) return undefined;
    const text = raw.replace(/^ {0,3}> ?/gmu, "");
    return this.#deeper(() => ({ type: "blockquote", raw, text, tokens: this.#blocks(text) }));
  }

  /** A list needs text after its mark: a message may be just "-". */
  list(src) {
    if (!/^ {0,3}(?:[*-]|\d{1,9}[.)])[ \t]+\S/u.test(src)) return undefined;
    return this.#deeper(() => super.list(src));
  }

  /** Emphasis doesn't begin inside a word (`a*b*c`), and contains a letter, digit or emoji (not `*_*`). */
  emStrong(src, masked, before) {
    const [run] = /^(?:\*+|_+)/u.exec(src) ?? [];
    if (!run) return undefined;
    if (run.length > 1 && run[0] === "_") return plain(run);
    if (NO_BEGIN_AFTER.test(before)) return plain(run);
    const isStar = run[0] === "*";
    const token = (isStar ? this.#starred : super.emStrong).call(this, src, masked, before);
    if (!token || SAYS_NOTHING.test(token.text)) return undefined;
    return token.type === "em" && NO_END_BEFORE.test(src.slice(token.raw.length))
      ? plain(run)
      : token;
  }

  /** White space alone isn't code. */
  codespan(src) {
    const token = super.codespan(src);
    return token?.text.trim() ? token : token && plain(token.raw);
  }

  del(src, ...rest) {
    return /^~~[^~]/u.test(src) ? super.del(src, ...rest) : undefined;
  }

  /**
   * Emphasis with stars. CommonMark allows none between a letter and punctuation, which is wrong for
   * scripts without spaces.
   */
  #starred(src, masked, before) {
    if (!HAS_UNSPACED.test(before + src)) return super.emStrong(src, masked, before);
    const { rules } = this;
    this.rules = { ...rules, inline: forUnspaced(rules.inline) };
    try {
      return super.emStrong(src, masked, before);
    } finally {
      this.rules = rules;
    }
  }

  #blocks(text) {
    const { top } = this.lexer.state;
    this.lexer.state.top = true;
    const tokens = this.lexer.blockTokens(text, []);
    this.lexer.state.top = top;
    return tokens;
  }

  #deeper(task) {
    if (this.#depth === DEEPEST) return undefined;
    this.#depth += 1;
    try {
      return task();
    } finally {
      this.#depth -= 1;
    }
  }
}

const widened = new WeakMap();

/** The rules for emphasis, changed so that letters of scripts without spaces count as punctuation. */
function forUnspaced(inline) {
  if (!widened.has(inline)) {
    const patterns = ["emStrongLDelim", "emStrongRDelimAst", "punctuation"].map((name) => {
      const { source, flags } = inline[name];
      const wider = source.replaceAll("\\p{P}\\p{S}", `\\p{P}\\p{S}${UNSPACED}`);
      return [name, new RegExp(wider, flags)];
    });
    widened.set(inline, { ...inline, ...Object.fromEntries(patterns) });
  }
  return widened.get(inline);
}

const plain = (raw) => ({ type: "text", raw, text: raw });

const BLOCKS = ["code", "heading", "lheading", "hr", "table", "html", "def"];
const INLINES = ["tag", "reflink", "br", "autolink", "url"];
for (const unwanted of [...BLOCKS, ...INLINES]) {
  ChatTokenizer.prototype[unwanted] = () => undefined;
}

/** Adds no white space of its own, because `pre-wrap` would show it. */
class ChatRenderer extends Renderer {
  space({ raw }) {
    return "\n".repeat(Math.max(0, raw.split("\n").length - 2));
  }

  paragraph({ tokens }) {
    return `<p>${this.parser.parseInline(tokens)}</p>`;
  }

  blockquote({ tokens }) {
    return `<blockquote>${this.parser.parse(tokens)}</blockquote>`;
  }

  list({ ordered, items }) {
    const tag = ordered ? "ol" : "ul";
    const mark = /^\s*\d+\)/u.test(items[0].raw) ? ' data-mark=")"' : "";
    return `<${tag}${mark}>${items.map((item) => this.#item(item, ordered)).join("")}</${tag}>`;
  }

  /** Each item keeps the number that was typed. */
  #item({ raw, tokens }, ordered) {
    const value = ordered ? ` value="${Number.parseInt(raw, 10)}"` : "";
    return `<li${value}>${this.parser.parse(tokens)}</li>`;
  }

  del({ tokens }) {
    return `<s>${this.parser.parseInline(tokens)}</s>`;
  }

  checkbox({ checked }) {
    return checked ? "☑ " : "☐ ";
  }

  /** With the language as it was typed; ui/code-block.js knows the valid ones. */
  code({ text, lang }) {
    const [name] = LANGUAGE.exec(lang ?? "") ?? [];
    const language = name ? ` data-language="${name}"` : "";
    return `<pre${language}><code>${escapeHtml(text)}</code></pre>`;
  }

  codespan({ text }) {
    return `<code>${escapeHtml(text)}</code>`;
  }

  link({ raw, href, tokens }) {
    return isLink(href) ? linkTo(href, this.parser.parseInline(tokens)) : escapeHtml(raw);
  }

  image({ raw }) {
    return escapeHtml(raw);
  }

  /** Entities aren't decoded and backslashes stay: people who type "&amp;lt;" mean these characters. */
  text({ raw, tokens }) {
    return tokens ? this.parser.parseInline(tokens) : escapeHtml(raw);
  }
}

const address = {
  name: "address",
  level: "inline",
  start: (src) => nextLink(src)?.index,
  tokenizer(src, tokens) {
    const { type, raw = "" } = tokens.at(-1) ?? {};
    const link = this.lexer.state.inLink ? null : linkAt(src, type === "text" ? raw.at(-1) : "");
    return link ? { type: "address", raw: link.text, ...link } : undefined;
  },
  renderer: ({ text, href }) =>
    `<a href="${escapeHtml(href)}">${escapeHtml(shownAddress(text, href))}</a>`,
};

const marked = new Marked({ extensions: [address] }).setOptions({
  tokenizer: new ChatTokenizer(),
  renderer: new ChatRenderer(),
});

function linkTo(href, content) {
  const address = escapeHtml(shownAddress(href));
  const title = content && content !== address ? ` title="${address}"` : "";
  return `<a href="${escapeHtml(href)}"${title}>${content ?? address}</a>`;
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const CHARACTERS = Object.fromEntries(Object.entries(ENTITIES).map(([a, b]) => [b, a]));

function escapeHtml(text) {
  return text.replace(/[&<>"]/gu, (character) => ENTITIES[character]);
}

const NO_PROSE = /<code\b[^>]*>.*?<\/code>|<a href="[^"]*">.*?<\/a>/gsu;
const CODE_SIGN = "`"; // replaces code, so that the text around it doesn't become one word
const NAMED_LINK = /<a href="([^"]*)" title="[^"]*">(.*?)<\/a>/gsu;
const NEAR = 500; // characters that are checked on either side of a link
const BLOCK_TAGS = /<\/?(?:blockquote|li|ol|p|pre|ul)\b[^>]*>/gu;

/**
 * If the text of a link, alone or together with the text that touches it, names an address other than
 * the link's, replaces the link by plain text with the real address behind it.
 */
function honest(link, escapedHref, content, index, html) {
  const href = shownText(escapedHref);
  const end = index + link.length;
  const before = /\S*$/u.exec(shownText(html.slice(Math.max(0, index - NEAR), index)))[0];
  const after = /^\S*/u.exec(shownText(html.slice(end, end + NEAR)))[0];
  const misleading = misleads(before + shownText(content) + after, href);
  return misleading ? `${content} (${linkTo(href)})` : link;
}

/** The visible text of HTML made here: its tags contain no ">", its only entities are these four. */
const shownText = (html) =>
  html
    .replace(BLOCK_TAGS, " ")
    .replace(/<[^>]*>/gu, "")
    .replace(/&(?:amp|lt|gt|quot);/gu, (entity) => CHARACTERS[entity]);
