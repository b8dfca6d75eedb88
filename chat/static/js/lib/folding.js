const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;
const APOSTROPHES = /[\u2018\u2019\u02bc\u00b4`]/gu;
const HYPHENS = /[\u2010\u2011]/gu;
const PLAIN = /^[\n !-_a-~]*$/; // ASCII that folding only changes to lower case
const SPACES = /[\p{Zs}\t]/gu;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The text as it is compared: without differences of case, width, apostrophes, hyphens and spaces. */
export const fold = (text) => foldWithPlaces(text).folded;

/**
 * The folded text, and for each of its UTF-16 units, and for its end, the place in the text.
 *
 * @returns {{folded: string, places: number[]}}
 */
export function foldWithPlaces(text) {
  if (PLAIN.test(text)) return { folded: text.toLowerCase(), places: range(text.length + 1) };
  let folded = "";
  const places = [];
  for (const { segment, index } of graphemes.segment(text)) {
    const part = foldGrapheme(segment);
    folded += part;
    for (let unit = 0; unit < part.length; unit += 1) places.push(index);
  }
  places.push(text.length);
  return { folded, places };
}

const range = (length) => Array.from({ length }, (_, index) => index);

/** For searching: "jose" finds José. */
export const withoutAccents = (text) =>
  fold(text)
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "");

const foldGrapheme = (grapheme) =>
  grapheme
    .normalize("NFKC")
    .replace(UNSEEN, "")
    .toUpperCase() // "ς" and "σ" have one capital
    .toLowerCase()
    .replace(APOSTROPHES, "'")
    .replace(HYPHENS, "-")
    .replace(SPACES, " ");
