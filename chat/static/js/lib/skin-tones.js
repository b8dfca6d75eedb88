/**
 * The skin tones to choose from, with their names and the words of the wire contract; the first is the
 * yellow that all emoji have.
 */
export const TONES = [
  ["", "Yellow", "yellow"],
  ["🏻", "Light", "light"],
  ["🏼", "Medium light", "medium_light"],
  ["🏽", "Medium", "medium"],
  ["🏾", "Medium dark", "medium_dark"],
  ["🏿", "Dark", "dark"],
];

export const wordOf = (tone) => TONES.find(([each]) => each === tone)?.[2];

export const toneOf = (word) => TONES.find(([, , each]) => each === word)?.[0];

const FAMILY = /👪|\u200D[👦👧]/u; // Unicode has families in yellow only
const SKIN = /(?<!\u200D(?=🤝))(\p{Emoji_Modifier_Base})\uFE0F?/gu; // 🤝 between two people has no tone

/** The emoji with the same skin tone for all its people; an emoji without skin is unchanged. */
export function withTone(emoji, tone) {
  if (!tone || FAMILY.test(emoji)) return emoji;
  return emoji.replace(SKIN, `$1${tone}`);
}
