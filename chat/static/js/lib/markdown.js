import { Marked, Renderer, Tokenizer } from "../../vendor/marked.esm.js";
import { misleads, shownAddress } from "./addresses.js";
import { isLink, linkAt, nextLink } from "./links.js";
import { IN_WORD, UNSPACED } from "./scripts.js";

const DEEPEST = 6; // quotes and lists inside one another; what is deeper stays text
const QUOTED_LINES = /^(?: {0,3}>(?: [^\n]*)?(?:\n|$))+/u;
// Of emphasis: a word, a path, an arm as in "¯_(ツ)_/¯".
const NO_BEGIN_AFTER = new RegExp(`[\\p{Sk}\\/\\\\[${IN_WORD}]]$`, "v");
const LANGUAGE = /^[\w+#.-]{1,20}/u; // nothing that would have to be escaped
// An italic word ends as a word does: "2*3" in "*.py and 2*3" is a product.
const NO_END_BEFORE = new RegExp(`^${IN_WORD}`, "v");
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, "v");
const SAYS_NOTHING = /^[^\p{L}\p{N}\p{Extended_Pictographic}]*$/u;

/**
 * The Markdown of a chat: bold, italic, struck, code, quotes, lists and links. All else is what it
 * looks like, and so are line breaks and spaces; the page shows the result with
 * `white-space: pre-wrap`. What is often meant as it is typed is no markup: `__init__`, `2**8`,
 * `>_<`, a backslash.
 *
 * @returns {string} HTML, to be sanitised
 */
export const toHtml = (text) => marked.parse(text).replace(NAMED_LINK, honest);

/** What is neither code nor an address, as the page shows it. */
export const proseOf = (text) => shownText(toHtml(text).replace(NO_PROSE, CODE_SIGN));

class ChatTokenizer extends Tokenizer {
  #depth = 0;

  /** Without the newline that the parser adds to code that ends with one. Nothing is no code. */
  fences(src) {
    const token = super.fences(src);
    if (!token) return undefined;
    const { raw, text } = token;
    if (text.trim()) return { ...token, text: text.replace(/\n$/u, "") };
    return { type: "paragraph", raw, text: raw, tokens: [plain(raw)] };
  }

  /** Ends with the last line that has a ">", so that the answer below is no part of the quote. */
  blockquote(src) {
    const raw = QUOTED_LINES.exec(src)?.[0].trimEnd();
    if (!raw || !/[^\s>]/u.test(raw)) return undefined;
    const text = raw.replace(/^ {0,3}> ?/gmu, "");
    return this.#deeper(() => ({ type: "blockquote", raw, text, tokens: this.#blocks(text) }));
  }

  /** Needs more than a mark: a message may be just "-". */
  list(src) {
    if (!/^ {0,3}(?:[*-]|\d{1,9}[.)])[ \t]+\S/u.test(src)) return undefined;
    return this.#deeper(() => super.list(src));
  }

  /** Doesn't begin inside a word, nor hold signs alone: `a*b*c`, and a face such as `*_*`. */
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

  /** White space alone is no code. */
  codespan(src) {
    const token = super.codespan(src);
    return token?.text.trim() ? token : token && plain(token.raw);
  }

  del(src, ...rest) {
    return /^~~[^~]/u.test(src) ? super.del(src, ...rest) : undefined;
  }

  /** CommonMark takes no stars between a letter and punctuation, which is right where words have spaces. */
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

/** The rules for emphasis by which letters of scripts without spaces count as punctuation. */
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

/** Writes no white space of its own: all of it would be seen. */
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

  /** With the number that was typed, whatever the others are. */
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

  /** With the language as it was named; ui/code-block.js knows which ones there are. */
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

  /** Entities aren't decoded: who writes "&amp;lt;" talks about it. Backslashes are often meant. */
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
const CODE_SIGN = "`"; // in its place, so that what stands around it doesn't become one word
const NAMED_LINK = /<a href="([^"]*)" title="[^"]*">(.*?)<\/a>/gsu;
const NEAR = 500; // characters that are looked at on either side of a link
const BLOCK_TAGS = /<\/?(?:blockquote|li|ol|p|pre|ul)\b[^>]*>/gu;

/**
 * A text that names another address than the one it leads to, by itself or together with what
 * touches it, is none of the link.
 */
function honest(link, escapedHref, content, index, html) {
  const href = shownText(escapedHref);
  const end = index + link.length;
  const before = /\S*$/u.exec(shownText(html.slice(Math.max(0, index - NEAR), index)))[0];
  const after = /^\S*/u.exec(shownText(html.slice(end, end + NEAR)))[0];
  const misleading = misleads(before + shownText(content) + after, href);
  return misleading ? `${content} (${linkTo(href)})` : link;
}

/** What the page shows of HTML that is made here: tags have no ">" in them, entities are these. */
const shownText = (html) =>
  html
    .replace(BLOCK_TAGS, " ")
    .replace(/<[^>]*>/gu, "")
    .replace(/&(?:amp|lt|gt|quot);/gu, (entity) => CHARACTERS[entity]);
