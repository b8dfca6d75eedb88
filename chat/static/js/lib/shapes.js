/**
 * What the server's answers and events have to look like. What looks different is treated like no
 * answer: a page that shows nothing new is better than one that breaks.
 */

const isText = (value) => typeof value === "string";
const isCount = (value) => Number.isInteger(value) && value >= 0;
const isListOf = (isItem) => (value) => Array.isArray(value) && value.every(isItem);
const isPerson = (value) => isText(value?.id) && isText(value?.name);

function isMessage(value) {
  const { id, room, user, text, sent_at, client_id } = value ?? {};
  const isTime = !Number.isNaN(Date.parse(sent_at));
  return [id, room, text, client_id].every(isText) && isTime && isPerson(user);
}

const isPage = ({ messages, more }) => isListOf(isMessage)(messages) && typeof more === "boolean";

const SHAPES = {
  answers: {
    join: ({ messages, more, people, count }) =>
      isPage({ messages, more }) && isListOf(isPerson)(people) && isCount(count),
    history: isPage,
    send: ({ message }) => isMessage(message),
    unread: ({ counts }) => Object.values(counts ?? [null]).every(isCount),
  },
  events: {
    message: isMessage,
    presence: ({ room, count, joined = [], left = [] }) =>
      isText(room) && isCount(count) && isListOf(isPerson)(joined) && isListOf(isText)(left),
    activity: ({ room, latest }) => isText(room) && isText(latest),
    typing: ({ room, user }) => isText(room) && isPerson(user),
    mark: ({ room, follows, up_to }) => isText(room) && isCount(follows) && isText(up_to),
  },
};

/** What an answer or an event may lack. */
const OPTIONAL = { follows: isCount, up_to: isText, connected_ms: isCount };

/** Whether the answer to such a request can be used. */
export const isAnswerTo = (request, answer) => fits(SHAPES.answers[request], answer);

/** Whether the payload of such an event can be used. */
export const isEvent = (event, payload) => fits(SHAPES.events[event], payload);

/** An answer or an event without those optional fields that can't be used. */
export function withUsableFields(payload) {
  const usable = ([name, fits]) => [name, fits(payload[name]) ? payload[name] : undefined];
  return { ...payload, ...Object.fromEntries(Object.entries(OPTIONAL).map(usable)) };
}

/** Whether the payload of an event, of whatever name, says where in a room it belongs. */
export const isNumbered = (payload) => isText(payload?.room) && isCount(payload.follows);

const fits = (shape, value) => !shape || (typeof value === "object" && value && shape(value));
