/** Checks of values from the server. */

export const isText = (value) => typeof value === "string";

/** A whole number from 0 on. */
export const isCount = (value) => Number.isInteger(value) && value >= 0;

export const isListOf = (isItem) => (value) => Array.isArray(value) && value.every(isItem);

export const isPerson = (value) => isText(value?.id) && isText(value?.name);

/** A room with what it is to the reader; the fields that the page has already are not needed. */
export const isRoom = (value) =>
  isText(value?.id) && [value.read_up_to, value.level, value.latest].every(isTextOrNull);

/** At least one of the reader's choices. */
export function isChoices(value) {
  const { theme, skin_tone } = value ?? {};
  const given = [theme, skin_tone].filter((choice) => choice !== undefined);
  return given.length > 0 && given.every(isTextOrNull);
}

const isTextOrNull = (value) => value === null || isText(value);

export function isMessage(value) {
  const { id, room, user, text, sent_at, client_id } = value ?? {};
  const isTime = !Number.isNaN(Date.parse(sent_at));
  return [id, room, text, client_id].every(isText) && isTime && isPerson(user);
}

export const isPage = ({ messages, more }) =>
  isListOf(isMessage)(messages) && typeof more === "boolean";
