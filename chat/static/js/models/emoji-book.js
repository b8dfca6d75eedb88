/** All emoji and their names: `😀 grinning`, one per line, as scripts/vendor.mjs writes them. */
export class EmojiBook {
  #entries;
  #byName;

  constructor(text) {
    this.#entries = text.split("\n").flatMap((line) => {
      const [character, ...names] = line.split(" ");
      return names.map((name) => ({ character, name }));
    });
    this.#byName = new Map(this.#entries.map((entry) => [entry.name, entry.character]));
  }

  get(name) {
    return this.#byName.get(name.toLowerCase());
  }

  /** The best fits first: the name itself, then names that begin so, then those with it inside. */
  search(query, most) {
    const wanted = query.toLowerCase();
    const rank = ({ name }) => {
      if (name === wanted) return 0;
      if (name.startsWith(wanted)) return 1;
      return name.includes(`_${wanted}`) ? 2 : 3;
    };
    return this.#entries
      .filter(({ name }) => name.includes(wanted))
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, most);
  }
}
