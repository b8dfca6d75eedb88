// A chat as it is usually built on Node: Express and Socket.IO. It implements the part of Cloud Chat's
// wire contract that the benchmark measures. Its settings are environment variables: PORT, ROOMS (their
// number), SECRET_KEY, HISTORY (`memory`, or the URL of a DynamoDB), ACTIVITY_RATES (events a second:
// one for each of its people, but at least and at most so many), CONTAINERS (how many processes share
// these events). ADAPTER (`redis` or `sharded`) joins several processes by the Valkey or Redis server
// at the URL in BUS: people get the messages of all, and the presence of their own process, which is in
// its favour.

import { createServer } from "node:http";
import express from "express";
import { Server } from "socket.io";
import { Announcements } from "./announcements.js";
import { openHistory } from "./history.js";
import { Presence } from "./presence.js";
import { addRooms } from "./rooms.js";
import { personOf } from "./sessions.js";

const { PORT, ROOMS, SECRET_KEY, HISTORY, ACTIVITY_RATES, CONTAINERS, ADAPTER, BUS } =
  process.env;
const titles = new Map(Array.from({ length: Number(ROOMS) }, (_, i) => [`room-${i}`, `Room ${i}`]));

const app = express();
app.get("/readyz", (_request, response) => response.send("ready\n"));

const http = createServer(app);
const io = new Server(http, {
  maxHttpBufferSize: 1_000_000,
  adapter: ADAPTER && (await import("./adapters.js")).openAdapter(ADAPTER, BUS),
  allowRequest(request, done) {
    request.person = personOf(request.headers.cookie, SECRET_KEY);
    done(null, true);
  },
});

// Otherwise the HTTP request would stay in memory as long as the connection; see "Memory usage" in the
// documentation of Socket.IO.
io.engine.on("connection", (connection) => {
  connection.person = connection.request.person;
  connection.request = null;
});

const requireSignIn = (socket, next) => {
  socket.data.person = socket.conn.person;
  next(socket.data.person ? undefined : new Error("unauthorized"));
};

const rooms = io.of("/rooms").use(requireSignIn);
const typing = io.of("/typing").use(requireSignIn);
const presence = new Presence();
const [least, most] = ACTIVITY_RATES.split(",").map(Number);
const activityRate = (people) => Math.max(least, Math.min(people, most)) / Number(CONTAINERS);
const announcements = new Announcements(rooms, presence, activityRate);
addRooms(rooms, { titles, presence, announcements, history: openHistory(HISTORY) });
typing.on("connection", (socket) => {
  socket.on("join", ({ room }, answer) => {
    if (titles.has(room)) socket.join(room);
    answer({ ok: titles.has(room) });
  });
  socket.on("typing", ({ room, active }, answer) => {
    socket.to(room).emit("typing", { room, user: socket.data.person, active });
    answer({ ok: true });
  });
});

// The benchmark sends this signal before it measures memory: a full garbage collection.
process.on("SIGUSR2", () => globalThis.gc?.());

http.listen({ port: Number(PORT), host: "127.0.0.1", backlog: 2048 });
