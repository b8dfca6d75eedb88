import { withoutAccents } from "./folding.js";

/** The items whose name begins with the query, then those with a later word that does. */
export function bestMatches(items, query, nameOf) {
  const wanted = withoutAccents(query.trim());
  const rank = (item) => {
    const name = withoutAccents(nameOf(item));
    if (name.startsWith(wanted)) return 0;
    const words = [...name.matchAll(/(?<=[\s._'-])[^\s._'-]/gu)];
    return words.some(({ index }) => name.startsWith(wanted, index)) ? 1 : 2;
  };
  return items
    .map((item) => ({ item, rank: rank(item) }))
    .filter((match) => match.rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
