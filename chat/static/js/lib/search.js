/** The items whose name, or a later word of it, begins with the query; the former first. */
export function bestMatches(items, query, nameOf) {
  const wanted = query.trim().toLocaleLowerCase();
  const rank = (item) => {
    const name = nameOf(item).toLocaleLowerCase();
    if (name.startsWith(wanted)) return 0;
    return name.split(/[\s._-]+/u).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  return items
    .map((item) => ({ item, rank: rank(item) }))
    .filter((match) => match.rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
