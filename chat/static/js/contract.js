/**
 * The wire contract: the names that the browser uses, and the shapes of the server's answers and
 * events. The server's tests compare the names with its own and with docs/wire-contract.md.
 *
 * Answers and events with another shape are ignored: a page that shows nothing new is better than
 * one that breaks.
 *
 * @typedef {{id: string, name: string}} Person
 * @typedef {{id: string, read_up_to: string?, level: string?, latest: string?}} Room
 * @typedef {{id: string, room: string, user: Person, text: string, sent_at: string, client_id: string}} Message
 */
import {
  isChoices,
  isCount,
  isListOf,
  isMessage,
  isPage,
  isPerson,
  isRoom,
  isText,
} from "./lib/shapes.js";

export const NAMESPACES = { rooms: "/rooms", typing: "/typing" };

export const REQUESTS = {
  join: "join",
  leave: "leave",
  send: "send",
  history: "history",
  unread: "unread",
  rooms: "rooms",
  read: "read",
  setLevel: "set_level",
  choose: "choose",
  people: "people",
};

const ANSWERS = {
  [REQUESTS.join]: ({ messages, more, people, count }) =>
    isPage({ messages, more }) && isListOf(isPerson)(people) && isCount(count),
  [REQUESTS.history]: isPage,
  [REQUESTS.send]: ({ message }) => isMessage(message),
  [REQUESTS.people]: ({ people }) => isListOf(isPerson)(people),
  [REQUESTS.unread]: ({ counts }) => Object.values(counts ?? [null]).every(isCount),
  [REQUESTS.rooms]: ({ rooms }) => isListOf(isRoom)(rooms),
  [REQUESTS.read]: ({ read_up_to }) => isText(read_up_to),
};

export const TYPING = "typing";

export const BROADCASTS = {
  message: "message",
  presence: "presence",
  activity: "activity",
  goingAway: "going_away",
  mark: "mark",
  read: "read",
  room: "room",
  choices: "choices",
  delays: "delays",
};

const EVENTS = {
  [BROADCASTS.message]: isMessage,
  [BROADCASTS.presence]: ({ room, count, joined = [], left = [] }) =>
    isText(room) && isCount(count) && isListOf(isPerson)(joined) && isListOf(isText)(left),
  [BROADCASTS.activity]: ({ room, latest }) => isText(room) && isText(latest),
  [BROADCASTS.mark]: ({ room, follows, up_to }) =>
    isText(room) && isCount(follows) && isText(up_to),
  [BROADCASTS.read]: ({ room, read_up_to }) => isText(room) && isText(read_up_to),
  [BROADCASTS.room]: isRoom,
  [BROADCASTS.choices]: isChoices,
  [BROADCASTS.delays]: ({ expected }) => typeof expected === "boolean",
  [TYPING]: ({ room, user }) => isText(room) && isPerson(user),
};

/** Optional fields of answers and events. */
const OPTIONAL = {
  follows: isCount,
  up_to: isText,
  connected_ms: isCount,
  you: isPerson,
  choices: isChoices,
};

/** Whether the answer to a request of that name can be used. */
export const isAnswerTo = (request, answer) => fits(ANSWERS[request], answer);

/** Whether the payload of an event of that name can be used. */
export const isEvent = (event, payload) => fits(EVENTS[event], payload);

/** The answer or event without its invalid optional fields. */
export function withUsableFields(payload) {
  const usable = ([name, fits]) => [name, fits(payload[name]) ? payload[name] : undefined];
  return { ...payload, ...Object.fromEntries(Object.entries(OPTIONAL).map(usable)) };
}

/** Whether the payload of an event, of any name, has a room and a number in it. */
export const isNumbered = (payload) => isText(payload?.room) && isCount(payload.follows);

const fits = (shape, value) => !shape || (typeof value === "object" && value && shape(value));
