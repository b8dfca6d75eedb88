"""A Flask-SocketIO application for the tests of this package: rooms, on two namespaces."""

import gc
import os
import resource
from pathlib import Path

import eventlet
import flask
from flask import Flask, request, session
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, disconnect, emit, join_room, leave_room

from chat.delivery.extension import SocketIO

real_time = eventlet.patcher.original("time")

app = Flask(__name__)
app.secret_key = "test"


def member_of(environ):
    """The member that a header names, or None."""
    return environ.get("HTTP_X_MEMBER")


socketio = SocketIO(
    max_unsent_bytes=int(os.environ.get("MAX_UNSENT", "1000000")),
    max_http_buffer_size=int(os.environ.get("MAX_MESSAGE", "100000")),
    max_held_bytes=int(os.environ.get("MAX_HELD", "100000000")),
    max_handshakes=int(os.environ.get("MAX_HANDSHAKES", "0")),
    member_of=member_of if os.environ.get("MEMBERS") else None,
    max_sessions=int(os.environ.get("MAX_SESSIONS", "1000")),
    connect_timeout=float(os.environ.get("CONNECT_TIMEOUT", "10")),
    ping_interval=float(os.environ.get("PING_INTERVAL", "25")),
    ping_timeout=float(os.environ.get("PING_TIMEOUT", "20")),
    transports=os.environ.get("TRANSPORTS", "polling,websocket").split(","),
)
seen = []  # what handlers were called with; tests also check which events are missing
names = {}  # sid → name
released = eventlet.Event()  # handlers of `wait` wait for it


@app.get("/sign-in/<name>")
def sign_in(name):
    session["name"] = name
    return "ok"


@app.get("/seen")
def get_seen():
    return flask.jsonify(seen)


@app.get("/mark")
def mark():
    seen.append(["mark"])
    return "ok"


@app.get("/clean")
def clean():
    """Drop what only the tests keep, and what waits for the next garbage collection."""
    seen.clear()
    gc.collect()
    return "ok"


@app.get("/release")
def release():
    released.send()
    return "ok"


@app.get("/slow-clients")
def slow_clients():
    return str(socketio.slow_clients)


@app.get("/tables")
def tables():
    """How much the server holds; all of it has to be released when clients have gone."""
    server = socketio.server
    manager = server.manager
    return {
        "sessions": len(server.eio.sockets),
        "environs": len(server.environ),
        "members": sum(len(room) for ns in manager.rooms.values() for room in ns.values()),
        "rooms": sum(len(ns) - 1 for ns in manager.rooms.values()),
        "joined": sum(len(sids) for sids in manager._joined.values()),
        "pending": sum(map(len, manager.pending_connect.values()))
        + sum(map(len, manager.pending_disconnect.values())),
        "names": len(names),
        "timeouts": sum(map(len, server.eio.timeouts._slots.values())),
        "watched": len(server.eio.reactor._connections),
        "held": len(server.eio.reactor.held._sizes),
        "long": server.eio.long_messages._total,
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


class Rooms(Namespace):
    def on_connect(self, auth):
        if auth == {"refuse": "me"}:
            raise Refused("unauthorized")
        if auth == {"break": "down"}:
            raise KeyError("bug")
        names[request.sid] = session.get("name")

    def on_disconnect(self, reason):
        name = names.pop(request.sid, None)
        seen.append(["disconnect", name, reason])
        if name == "breaks":
            raise KeyError("bug")
        socketio.emit("left", {"name": name}, to="lobby", namespace="/rooms")

    def on_join(self, data):
        join_room(data["room"])
        return {"ok": True, "name": names[request.sid]}

    def on_leave(self, data):
        leave_room(data["room"])
        return {"ok": True}

    def on_send(self, data):
        seen.append(["send", data["text"]])
        skip = set(data.get("skip", ()))
        socketio.emit("message", data, to=data["room"], skip_sid=skip, namespace="/rooms")
        return {"ok": True}

    def on_flood(self, data):
        for number in range(data["count"]):
            emit("drop", {"number": number, "filling": "x" * data["size"]})
        return {"ok": True}

    def on_slow(self, data):
        seen.append(["slow", data["number"]])
        eventlet.sleep(data["seconds"])
        seen.append(["done", data["number"]])
        return data["number"]

    def on_wait(self, _data):
        seen.append(["wait"])
        released.wait()
        return "released"

    def on_hold_the_hub(self, data):
        real_time.sleep(data["seconds"])
        seen.append(["held"])
        return {"ok": True}

    def on_ask(self, data):
        emit("question", data, callback=lambda answer: seen.append(["answer", answer]))

    def on_fail(self, data):
        raise KeyError("bug")

    def on_dismiss(self, data):
        disconnect()

    def on_close_me(self, data):
        socketio.close(request.sid, "/rooms", reason="as you wish")


class Typing(Namespace):
    def on_join(self, data):
        join_room(data["room"])
        return {"ok": True}

    def on_typing(self, data):
        emit("typing", data, to=data["room"], include_self=False)


@socketio.on_error("/rooms")
def explain(error):
    seen.append(["error", repr(error)])
    return {"ok": False}


socketio.on_namespace(Rooms("/rooms"))
socketio.on_namespace(Typing("/typing"))
socketio.init_app(app)
app.drain = socketio.drain
