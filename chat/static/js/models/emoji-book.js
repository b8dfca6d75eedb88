// The most used ones (unicode.org/emoji/frequency), and some that teams use at work; best first.
const COMMON = [
  ..."😂❤🤣👍😭🙏😘🥰😍😊🎉😁💕🥺😅🔥🤦🤷🙄😆🤗😉🎂🤔👏🙂😳🥳😎👌💜😔💪✨💖👀😋😏😢👉💗😩💯🌹",
  ..."💞🎈💙😃😡💐😜🙈🤞😄🤤🙌🤪❣😀✅🚀👋☕❌⚠🐛🍕",
];

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

  /**
   * The best fits first: the name itself, then names that begin so, then those with it inside;
   * among these what the reader uses, then what everybody uses, then the shortest name.
   *
   * @param {string[]} used emoji, the most used first
   */
  search(query, most, used = []) {
    const wanted = query.toLowerCase();
    return this.#entries
      .filter(({ name }) => name.includes(wanted))
      .map((entry) => ({ entry, rank: rankOf(entry, wanted, used) }))
      .sort((a, b) => compare(a.rank, b.rank))
      .slice(0, most)
      .map(({ entry }) => entry);
  }
}

const rankOf = ({ character, name }, wanted, used) => [
  fitOf(name, wanted),
  placeIn(used, character),
  placeIn(COMMON, character.replace("\uFE0F", "")),
  name.length,
];

function fitOf(name, wanted) {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  return name.includes(`_${wanted}`) ? 2 : 3;
}

function placeIn(list, character) {
  const place = list.indexOf(character);
  return place < 0 ? list.length : place;
}

function compare(a, b) {
  const index = a.findIndex((value, place) => value !== b[place]);
  return index < 0 ? 0 : a[index] - b[index];
}
