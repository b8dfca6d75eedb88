/** The skin tones to choose from; the first is the yellow that all emoji have. */
export const TONES = [
  ["", "Yellow"],
  ["🏻", "Light"],
  ["🏼", "Medium light"],
  ["🏽", "Medium"],
  ["🏾", "Medium dark"],
  ["🏿", "Dark"],
];

const FAMILY = /👪|\u200D[👦👧]/u; // Unicode has families in yellow only
const SKIN = /(?<!\u200D(?=🤝))(\p{Emoji_Modifier_Base})\uFE0F?/gu; // 🤝 between two people has no tone

/** The emoji with the same skin tone for all its people; an emoji without skin is unchanged. */
export function withTone(emoji, tone) {
  if (!tone || FAMILY.test(emoji)) return emoji;
  return emoji.replace(SKIN, `$1${tone}`);
}
