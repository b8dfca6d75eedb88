import { withoutAccents } from "../lib/folding.js";

// The most used emoji (unicode.org/emoji/frequency), and some that teams use at work; best first.
const COMMON = [
  ..."😂❤🤣👍😭🙏😘🥰😍😊🎉😁💕🥺😅🔥🤦🤷🙄😆🤗😉🎂🤔👏🙂😳🥳😎👌💜😔💪✨💖👀😋😏😢👉💗😩💯🌹",
  ..."💞🎈💙😃😡💐😜🙈🤞😄🤤🙌🤪❣😀✅🚀👋☕❌⚠🐛🍕",
];

/** All emoji, their groups and names, as scripts/vendor.mjs writes them: `# Smileys`, `😀 grinning`. */
export class EmojiBook {
  #groups;
  #entries;
  #byName;
  #byCharacter;

  constructor(text) {
    this.#groups = groupsIn(text);
    const all = this.#groups.flatMap(({ emoji }) => emoji);
    this.#entries = all.flatMap(({ character, names }) =>
      names.map((name) => ({ character, name })),
    );
    this.#byName = new Map(this.#entries.map((entry) => [entry.name, entry.character]));
    this.#byCharacter = new Map(all.map((each) => [plain(each.character), each]));
  }

  /** @returns {{title: string, emoji: {character: string, names: string[]}[]}[]} */
  get groups() {
    return this.#groups;
  }

  get(name) {
    return this.#byName.get(name.toLowerCase());
  }

  /** The emoji that the reader uses, then the generally popular ones. */
  often(used, most) {
    const found = [...used, ...COMMON].map((character) => this.#byCharacter.get(plain(character)));
    return unique(found).slice(0, most);
  }

  /** The best matches, ranked as by `search`, each emoji once. */
  find(query, most, used = []) {
    const found = this.search(query, this.#entries.length, used);
    return unique(found.map(({ character }) => this.#byCharacter.get(plain(character)))).slice(
      0,
      most,
    );
  }

  /**
   * The best matches first: names equal to the query, then names that begin with it, then names that
   * contain it. Within each of these, the emoji that the reader uses come first, then popular ones,
   * then the shortest names. If the query has several words, the name has to contain each.
   *
   * @param {string[]} used emoji, the most used first
   */
  search(query, most, used = []) {
    const words = withoutAccents(query).split(" ").filter(Boolean);
    const wanted = words.join("_");
    return this.#entries
      .filter(({ name }) => words.every((word) => name.includes(word)))
      .map((entry) => ({ entry, rank: rankOf(entry, wanted, used) }))
      .sort((a, b) => compare(a.rank, b.rank))
      .slice(0, most)
      .map(({ entry }) => entry);
  }
}

function groupsIn(text) {
  const groups = [];
  for (const line of text.split("\n")) {
    const [character, ...names] = line.split(" ");
    if (character === "#") groups.push({ title: names.join(" "), emoji: [] });
    else groups.at(-1).emoji.push({ character, names });
  }
  return groups;
}

const unique = (emoji) => [...new Set(emoji)].filter(Boolean);

/** Without the variation selector for emoji presentation, which the lists here don't have. */
const plain = (character) => character.replace("\uFE0F", "");

const rankOf = ({ character, name }, wanted, used) => [
  fitOf(name, wanted),
  placeIn(used, character),
  placeIn(COMMON, plain(character)),
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
