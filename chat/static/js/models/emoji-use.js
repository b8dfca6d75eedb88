const KEPT = 40; // emoji
const FADES_BY = 0.97; // the factor for all scores with each pick

/** The emoji that the reader picks most, and the skin tone; the same in all tabs. */
export class EmojiUse {
  #storage;
  #key;
  #toneKey;
  #onTone;

  /** @param {{storage, userId, onTone: (tone: string) => void}} options `onTone`: it was chosen here */
  constructor({ storage, userId, onTone }) {
    this.#storage = storage;
    this.#onTone = onTone;
    this.#key = `emoji ${userId}`;
    this.#toneKey = `tone ${userId}`;
  }

  /** @returns {string[]} the most used first */
  get favourites() {
    return this.#scores.map(([character]) => character);
  }

  /** One of `TONES`. */
  get tone() {
    return this.#storage.get(this.#toneKey) ?? "";
  }

  set tone(tone) {
    this.#storage.set(this.#toneKey, tone);
  }

  /** The reader has chosen. */
  chooseTone(tone) {
    this.tone = tone;
    this.#onTone(tone);
  }

  /** @param {string} character without a skin tone: an emoji has one score for all tones */
  picked(character) {
    const scores = new Map(this.#scores.map(([each, score]) => [each, score * FADES_BY]));
    scores.set(character, (scores.get(character) ?? 0) + 1);
    const sorted = [...scores].sort(([, a], [, b]) => b - a);
    this.#storage.set(this.#key, sorted.slice(0, KEPT));
  }

  get #scores() {
    return this.#storage.get(this.#key) ?? [];
  }
}
