"""The same chat on stock Flask-SocketIO: eventlet's own server and the stock transport.

It implements the part of the wire contract that the benchmark measures, and keeps messages in
memory only. Run as `python -m bench.stock PORT`; ROOMS is the number of rooms.
"""

# ruff: noqa: D103  the names of the handlers are those of the events

import os
import sys
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet
eventlet.monkey_patch()

from collections import defaultdict, deque  # noqa: E402  eventlet patches first

from flask import Flask, request, session  # noqa: E402
from flask_socketio import ConnectionRefusedError as Refused  # noqa: E402
from flask_socketio import SocketIO, emit, join_room  # noqa: E402

from bench.cookies import SECRET_KEY  # noqa: E402
from chat.accounts.session_cookie import cookie_name  # noqa: E402
from chat.messages.ids import MessageIds  # noqa: E402
from chat.messages.message import Draft, clean_text  # noqa: E402

PAGE = 50
LISTED = 200

app = Flask(__name__)
app.config.update(SECRET_KEY=SECRET_KEY, SESSION_COOKIE_NAME=cookie_name(SECRET_KEY))
socketio = SocketIO(app, async_mode="eventlet", async_handlers=False)
ids = MessageIds()
room_ids = {f"room-{number}" for number in range(int(os.environ.get("ROOMS", "1")))}
history = defaultdict(lambda: deque(maxlen=1000))
people = defaultdict(dict)
rooms_of = defaultdict(set)
changed = set()


@app.get("/readyz")
def readiness():
    return "ready\n"


@socketio.on("connect", namespace="/rooms")
def connect(_auth=None):
    if "person" not in session:
        raise Refused("unauthorized")


@socketio.on("disconnect", namespace="/rooms")
def disconnect(_reason=None):
    person_id, _ = session["person"]
    for room in rooms_of.pop(request.sid, ()):
        people[room].pop(person_id, None)
        announce_people(room)


@socketio.on("join", namespace="/rooms")
def join(payload):
    room = payload["room"]
    if room not in room_ids:
        return {"ok": False, "error": {"code": "unknown_room", "message": "There is none."}}
    person_id, name = session["person"]
    join_room(room)
    rooms_of[request.sid].add(room)
    people[room][person_id] = {"id": person_id, "name": name}
    announce_people(room)
    newest = list(history[room])[-PAGE:]
    return {
        "ok": True,
        "room": room,
        "messages": newest,
        "more": len(history[room]) > PAGE,
        "recovered": False,
        "people": list(people[room].values())[:LISTED],
        "count": len(people[room]),
    }


@socketio.on("send", namespace="/rooms")
def send(payload):
    room = payload["room"]
    if room not in rooms_of[request.sid]:
        return {"ok": False, "error": {"code": "not_in_room", "message": "Join first."}}
    text = clean_text(payload["text"], 4000)
    draft = Draft(room, *session["person"], text, payload["client_id"])
    message = draft.with_id(ids.make("general")).to_wire()
    history[room].append(message)
    emit("message", message, namespace="/rooms", to=room)
    return {"ok": True, "message": message}


@socketio.on("join", namespace="/typing")
def join_typing(payload):
    join_room(payload["room"])
    return {"ok": True}


def announce_people(room):
    if room not in changed:
        changed.add(room)
        socketio.start_background_task(_announce_people, room)


def _announce_people(room):
    socketio.sleep(1)
    changed.discard(room)
    change = {"room": room, "count": len(people[room])}
    socketio.emit("presence", change, namespace="/rooms", to=room)


if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_output=False, max_size=20_000)
