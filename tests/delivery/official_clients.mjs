// Chats through the official clients, all at the same time: node official_clients.mjs URL
// Prints what each saw, as one line of JSON; then waits until the server was restarted, and prints
// what each saw of that.
import * as newest from "socket.io-client";
import * as first4 from "socket.io-client-4.0";
import * as last3 from "socket.io-client-3.1";

const url = process.argv[2];
const clients = { "4.8": newest, "4.0": first4, "3.1": last3 };
const ways = [["websocket"], ["polling"], ["polling", "websocket"]];

const once = (socket, event) => new Promise((done) => socket.once(event, done));
const call = (socket, event, data) => new Promise((done) => socket.emit(event, data, done));

async function chat(name, io, transports) {
  const options = { transports, reconnectionDelay: 50, reconnectionDelayMax: 200 };
  const shared = new io.Manager(url, options);
  const rooms = shared.socket("/rooms");
  const typing = shared.socket("/typing");
  const stranger = shared.socket("/admin");
  const other = new io.Manager(url, options).socket("/typing");
  const saw = {};

  const refused = once(stranger, "connect_error");
  for (const socket of [rooms, typing, stranger, other]) socket.connect();
  await Promise.all([rooms, typing, other].map((socket) => once(socket, "connect")));
  saw.refused = (await refused).message;
  if (transports.length > 1) {
    while (shared.engine.transport.name !== "websocket") await once(shared.engine, "upgrade");
  }
  saw.transport = shared.engine.transport.name;

  rooms.on("question", (_data, answer) => answer(name));
  saw.join = await call(rooms, "join", { room: name });
  rooms.emit("ask", {});
  const message = once(rooms, "message");
  saw.send = await call(rooms, "send", { room: name, text: "¡hola! 👋" });
  saw.message = await message;

  await Promise.all([typing, other].map((socket) => call(socket, "join", { room: name })));
  const typist = once(other, "typing");
  typing.emit("typing", { room: name });
  saw.typing = await typist;

  const big = "x".repeat(50_000);
  const echo = once(rooms, "message");
  await call(rooms, "send", { room: name, text: big });
  saw.big = (await echo).text === big;

  const dismissed = once(rooms, "disconnect");
  rooms.emit("dismiss", {});
  saw.dismissed = await dismissed;
  rooms.connect();
  await once(rooms, "connect");

  const away = once(rooms, "disconnect");
  rooms.emit("close_me", {});
  saw.closed = await away;
  await once(rooms, "connect");
  saw.again = await call(rooms, "join", { room: name });

  other.disconnect();
  stranger.disconnect();
  return [name, saw, rooms, shared];
}

async function restart([name, , rooms, shared]) {
  await once(rooms, "disconnect");
  await once(rooms, "connect");
  const again = await call(rooms, "join", { room: name });
  for (const socket of [rooms, shared.socket("/typing")]) socket.disconnect();
  return [name, again];
}

const combinations = Object.entries(clients).flatMap(([version, io]) =>
  ways.map((transports) => chat(`${version} ${transports}`, io, transports)),
);
const chats = await Promise.all(combinations);
const restarts = chats.map(restart);
console.log(JSON.stringify(Object.fromEntries(chats)));
console.log(JSON.stringify(Object.fromEntries(await Promise.all(restarts))));
