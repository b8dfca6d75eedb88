/**
 * The wire contract as the browser uses it: the names of events, and what answers and events have
 * to look like. The server's tests compare the names with its own and with docs/wire-contract.md.
 *
 * What looks different is treated like no answer: a page that shows nothing new is better than one
 * that breaks.
 *
 * @typedef {{id: string, name: string}} Person
 * @typedef {{id: string, room: string, user: Person, text: string, sent_at: string, client_id: string}} Message
 */
import { isCount, isListOf, isMessage, isPage, isPerson, isText } from "./lib/shapes.js";

export const NAMESPACES = { rooms: "/rooms", typing: "/typing" };

export const REQUESTS = {
  join: "join",
  leave: "leave",
  send: "send",
  history: "history",
  unread: "unread",
};

const ANSWERS = {
  [REQUESTS.join]: ({ messages, more, people, count }) =>
    isPage({ messages, more }) && isListOf(isPerson)(people) && isCount(count),
  [REQUESTS.history]: isPage,
  [REQUESTS.send]: ({ message }) => isMessage(message),
  [REQUESTS.unread]: ({ counts }) => Object.values(counts ?? [null]).every(isCount),
};

export const TYPING = "typing";

export const BROADCASTS = {
  message: "message",
  presence: "presence",
  activity: "activity",
  goingAway: "going_away",
  mark: "mark",
};

const EVENTS = {
  [BROADCASTS.message]: isMessage,
  [BROADCASTS.presence]: ({ room, count, joined = [], left = [] }) =>
    isText(room) && isCount(count) && isListOf(isPerson)(joined) && isListOf(isText)(left),
  [BROADCASTS.activity]: ({ room, latest }) => isText(room) && isText(latest),
  [BROADCASTS.mark]: ({ room, follows, up_to }) =>
    isText(room) && isCount(follows) && isText(up_to),
  [TYPING]: ({ room, user }) => isText(room) && isPerson(user),
};

/** Optional fields of answers and events. */
const OPTIONAL = { follows: isCount, up_to: isText, connected_ms: isCount };

/** Whether the answer to such a request can be used. */
export const isAnswerTo = (request, answer) => fits(ANSWERS[request], answer);

/** Whether the payload of such an event can be used. */
export const isEvent = (event, payload) => fits(EVENTS[event], payload);

/** An answer or an event without those optional fields that can't be used. */
export function withUsableFields(payload) {
  const usable = ([name, fits]) => [name, fits(payload[name]) ? payload[name] : undefined];
  return { ...payload, ...Object.fromEntries(Object.entries(OPTIONAL).map(usable)) };
}

/** Whether the payload of an event, of whatever name, says where in a room it belongs. */
export const isNumbered = (payload) => isText(payload?.room) && isCount(payload.follows);

const fits = (shape, value) => !shape || (typeof value === "object" && value && shape(value));
