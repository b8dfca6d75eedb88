// Chats through the official client: node official_client.mjs URL TRANSPORT...
// Prints what it saw, as one line of JSON.
import { io } from "socket.io-client";

const [url, ...transports] = process.argv.slice(2);
const options = { transports, forceNew: false, reconnectionDelay: 50 };
const rooms = io(`${url}/rooms`, options);
const typing = io(`${url}/typing`, options);
const stranger = io(`${url}/admin`, options);
const other = io(`${url}/typing`, { ...options, forceNew: true });

const once = (socket, event) => new Promise((done) => socket.once(event, done));
const saw = {};

const refused = once(stranger, "connect_error");
await Promise.all([rooms, typing, other].map((socket) => once(socket, "connect")));
saw.refused = (await refused).message;

if (transports.length > 1) {
  while (rooms.io.engine.transport.name !== "websocket") await once(rooms.io.engine, "upgrade");
}
saw.transport = rooms.io.engine.transport.name;

saw.join = await rooms.emitWithAck("join", { room: "official" });
const message = once(rooms, "message");
saw.send = await rooms.emitWithAck("send", { room: "official", text: "¡hola! 👋" });
saw.message = await message;

await Promise.all([typing, other].map((socket) => socket.emitWithAck("join", { room: "official" })));
const typist = once(other, "typing");
typing.emit("typing", { room: "official" });
saw.typing = await typist;

const big = "x".repeat(50_000);
const echo = once(rooms, "message");
await rooms.emitWithAck("send", { room: "official", text: big });
saw.big = (await echo).text === big;

const away = once(rooms, "disconnect");
rooms.emit("close_me", {});
saw.disconnect = await away;
await once(rooms, "connect");
saw.again = await rooms.emitWithAck("join", { room: "official" });

console.log(JSON.stringify(saw));
for (const socket of [rooms, typing, stranger, other]) socket.disconnect();
