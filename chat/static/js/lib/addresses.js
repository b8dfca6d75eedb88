// Invisible characters.
const UNSEEN = /[\p{Cc}\p{Cf}\p{DI}\p{Cs}]/gu;
// Characters that change the order in which others are shown.
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/u;
const NARROW_SPACES = /[\u2004-\u200a\u202f\u205f]/gu;

// Look-alikes of the punctuation of an address that NFKC doesn't replace.
const SIGNS = {
  "/": /[\u2044\u2215\u2571\u27cb\u29f8\u3033]/gu,
  ".": /[\u00b7\u0701\u0702\u06d4\u2027\u22c5\u3002\ua4f8]/gu,
  ":": /[\u02d0\u02f8\u0589\u05c3\u2236\ua4fd\ua789]/gu,
};

const LOOKS_LIKE_ADDRESS = /:\/\/|mailto:|[\p{L}\p{N}]\p{M}*\.\p{L}\p{M}*\p{L}|\d\.\d+\.\d+\.\d/iu;
const LONGEST = 2000; // characters of a word that is compared with an address
const AROUND = /^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu;

/**
 * Whether the text of a link, as its reader sees it, names an address other than the link's.
 *
 * @param {string} shown what the page shows as the text of the link
 * @param {string} href where the link leads
 */
export function misleads(shown, href) {
  if (REORDERING.test(shown)) return true;
  return asSeen(shown)
    .split(/[\s<>"]+/u)
    .some((word) => LOOKS_LIKE_ADDRESS.test(word) && !names(word, href));
}

/**
 * The address as it was typed, or in its ASCII form if it could be mistaken for another address.
 *
 * @param {string} [href] the full address, if it was typed without "https://" or "mailto:"
 */
export function shownAddress(address, href = address) {
  const url = new URL(href);
  return address.search(UNSEEN) < 0 && isReadable(href, url) ? address : url.href;
}

function asSeen(text) {
  let seen = text.replace(NARROW_SPACES, "").replace(/\s/gu, " ").normalize("NFKC");
  seen = seen.replace(UNSEEN, "");
  for (const [sign, lookAlikes] of Object.entries(SIGNS)) seen = seen.replace(lookAlikes, sign);
  return seen;
}

/** Whether the word is the address itself, or a prefix that ends where a part of the address ends. */
function names(word, href) {
  if (word.length > LONGEST) return false; // AROUND takes quadratic time
  return [word, word.replace(AROUND, "")].some((text) => isBeginning(text, href));
}

function isBeginning(text, href) {
  const scheme = /^(?:https?:|mailto:)/iu.exec(text)?.[0] ?? "";
  const assumed = scheme ? "" : /^[^/]*@/u.test(text) ? "mailto:" : "https://";
  if (!URL.canParse(assumed + text)) return false;
  const [named, real] = [new URL(assumed + text), new URL(href)];
  if (scheme && named.protocol !== real.protocol) return false;
  if (named.username || named.password || !isReadable(assumed + text, named)) return false;
  const [beginning, whole] = [withoutScheme(named), withoutScheme(real)];
  return whole.startsWith(beginning) && /^(?:$|[/?#])/u.test(whole.slice(beginning.length));
}

function withoutScheme({ protocol, host, pathname, search, hash }) {
  const begin = protocol === "mailto:" ? protocol : host.replace(/^www\./u, "");
  return `${begin}${pathname}${search}${hash}`.replace(/\/$/u, "");
}

/** Whether the spelling of the address can't be mistaken for another host. */
function isReadable(address, { protocol, hostname }) {
  if (protocol === "mailto:") return /^[\x21-\x7e]*$/u.test(address);
  const host = /^https?:\/\/([^/?#\\:]*)/iu.exec(address)?.[1].normalize().toLowerCase();
  if (host === hostname) return true;
  return Boolean(host) && isOfOneScript(host) && isSpelling(host, hostname);
}

// Scripts with letters that look like Latin ones.
const IMITATING =
  /[\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Cyrillic}\p{Script=Georgian}\p{Script=Greek}\p{Script=Lisu}]/u;
const LATIN = /\p{Script=Latin}/u;
const LATIN_LABEL = /^(?:[a-zßæðøþđħłœŋ]\p{Mn}*|[\d-])+$/u;
const OTHER_LABEL = /^(?:[\p{L}\p{M}\d-](?!\p{Script=Latin}))+$/u;

function isOfOneScript(host) {
  if (IMITATING.test(host) && LATIN.test(host)) return false;
  return host
    .split(".")
    .every((label) =>
      LATIN.test(label) ? LATIN_LABEL.test(label.normalize("NFD")) : OTHER_LABEL.test(label),
    );
}

/** Whether the URL parser left each part of the host as typed: it changes "ⓑank" to "bank". */
function isSpelling(host, hostname) {
  const real = hostname.split(".");
  const labels = host.split(".");
  return (
    labels.length === real.length &&
    labels.every((label, index) => label === real[index] || real[index].startsWith("xn--"))
  );
}
