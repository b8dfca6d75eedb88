"""The chat as in `wsgi.py`, with a clock that can be set and a page that counts what it holds.

`CLOCK_OFFSET` names a file with the seconds by which the clock is ahead (or behind, if negative).
"""

import os
import time
from pathlib import Path

_now = time.time
_offset = Path(os.environ["CLOCK_OFFSET"])


def _shifted():
    return _now() + float(_offset.read_text() or 0)


time.time = _shifted  # before anything that keeps a reference to it is imported

from wsgi import app  # noqa: E402


@app.get("/inside")
def inside():
    server = app.extensions["socketio"].server
    manager = server.manager
    return {
        "sessions": len(server.eio.sockets),
        "environs": len(server.environ),
        "members": {
            f"{namespace} {room}": len(members)
            for namespace, rooms in manager.rooms.items()
            for room, members in rooms.items()
        },
        "callbacks": len(manager.callbacks),
    }
