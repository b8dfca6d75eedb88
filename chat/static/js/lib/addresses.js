// What readers don't see.
const UNSEEN = /[\p{Cc}\p{Cf}\p{DI}\p{Cs}]/gu;
// What changes the order in which they see the rest.
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/u;
const NARROW_SPACES = /[\u2004-\u200a\u202f\u205f]/gu;

// Signs that pass for those of an address, beside the ones that NFKC knows.
const SIGNS = {
  "/": /[\u2044\u2215\u2571\u27cb\u29f8\u3033]/gu,
  ".": /[\u00b7\u0701\u0702\u06d4\u2027\u22c5\u3002\ua4f8]/gu,
  ":": /[\u02d0\u02f8\u0589\u05c3\u2236\ua4fd\ua789]/gu,
};

const LOOKS_LIKE_ADDRESS = /:\/\/|mailto:|[\p{L}\p{N}]\p{M}*\.\p{L}\p{M}*\p{L}|\d\.\d+\.\d+\.\d/iu;
const LONGEST = 2000; // characters of an address that is compared
const AROUND = /^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu;

/**
 * Whether a text, as its reader sees it, names another address than the one that it leads to.
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
 * The address as it was typed, or in its ASCII form if it can be taken for another one.
 *
 * @param {string} [href] where it leads, if it was typed without "https://" or "mailto:"
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

/** Whether the word is the address itself, or its beginning up to the end of a part. */
function names(word, href) {
  if (word.length > LONGEST) return false; // a pattern that is tied to the end takes its square
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

/** Whether the address is spelt so that its host can be taken for no other one. */
function isReadable(address, { protocol, hostname }) {
  if (protocol === "mailto:") return /^[\x21-\x7e]*$/u.test(address);
  const host = /^https?:\/\/([^/?#\\:]*)/iu.exec(address)?.[1].normalize().toLowerCase();
  if (host === hostname) return true;
  return Boolean(host) && isOfOneScript(host) && isSpelling(host, hostname);
}

// Letters of these pass for Latin ones.
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

/** Whether each part of the host stands for itself: an address may say "ⓑank" and lead to "bank". */
function isSpelling(host, hostname) {
  const real = hostname.split(".");
  const labels = host.split(".");
  return (
    labels.length === real.length &&
    labels.every((label, index) => label === real[index] || real[index].startsWith("xn--"))
  );
}
