import { nextId } from "./ids.js";

const MAX_TEXT = 4000;
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/;
const CLIENT_ID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The events of the namespace /rooms. */
export function addRooms(namespace, { titles, presence, announcements, history }) {
  const handlers = {
    async join(socket, { room, limit = 50 }) {
      if (!titles.has(room)) throw new Refusal("unknown_room", "There is no such room.");
      socket.join(room);
      if (presence.enter(room, socket.data.person)) announcements.people(room);
      const page = await history.newest(room, limit);
      return {
        room,
        ...page,
        recovered: false,
        people: presence.people(room),
        count: presence.count(room),
      };
    },

    async leave(socket, { room }) {
      requireJoined(socket, room);
      socket.leave(room);
      if (presence.leave(room, socket.data.person)) announcements.people(room);
    },

    async send(socket, { room, text, client_id }) {
      requireJoined(socket, room);
      const { person } = socket.data;
      const id = nextId();
      const message = {
        id,
        room,
        user: person,
        text: cleanText(text),
        sent_at: id.slice(0, 27),
        client_id: checkClientId(client_id),
      };
      await history.append(message);
      announcements.message(message);
      return { message };
    },

    async history(socket, { room, before, limit = 50 }) {
      requireJoined(socket, room);
      return history.before(room, before, limit);
    },
  };

  namespace.on("connection", (socket) => {
    for (const [event, handle] of Object.entries(handlers)) {
      socket.on(event, (payload, answer) => respond(handle, socket, payload, answer));
    }
    socket.on("disconnecting", () => {
      for (const room of socket.rooms) {
        if (titles.has(room) && presence.leave(room, socket.data.person)) announcements.people(room);
      }
    });
  });
}

async function respond(handle, socket, payload, answer) {
  try {
    answer({ ok: true, ...(await handle(socket, payload)) });
  } catch (error) {
    const code = error instanceof Refusal ? error.code : "unavailable";
    answer({ ok: false, error: { code, message: error.message } });
  }
}

function requireJoined(socket, room) {
  if (!socket.rooms.has(room)) throw new Refusal("not_in_room", "Join the room first.");
}

function cleanText(text) {
  if (typeof text !== "string" || !text.trim()) throw new Refusal("invalid", "Say something.");
  if (text.length > MAX_TEXT) throw new Refusal("too_long", "That is too long.");
  if (CONTROL.test(text)) throw new Refusal("invalid", "Control characters are not allowed.");
  return text;
}

function checkClientId(id) {
  if (typeof id !== "string" || !CLIENT_ID.test(id)) throw new Refusal("invalid", "No UUID.");
  return id;
}
