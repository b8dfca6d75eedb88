/** Every name of the wire contract that the browser uses. The server's tests compare them with its own. */

export const NAMESPACES = { rooms: "/rooms", typing: "/typing" };

export const REQUESTS = {
  join: "join",
  leave: "leave",
  send: "send",
  history: "history",
  unread: "unread",
};

export const TYPING = "typing";

export const BROADCASTS = {
  message: "message",
  presence: "presence",
  activity: "activity",
  goingAway: "going_away",
  mark: "mark",
};

/**
 * @typedef {{id: string, name: string}} Person
 * @typedef {{id: string, room: string, user: Person, text: string, sent_at: string, client_id: string}} Message
 */
