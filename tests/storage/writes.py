"""A process that writes to a history: `python -m tests.storage.writes URL ROOM COUNT`.

It prints that it is ready, waits for a line of input, and makes all its ids in one microsecond.
"""

import sys

from chat.messages.ids import MessageIds
from chat.messages.message import Message
from chat.storage import open_history
from tests.storage.messages import draft

if __name__ == "__main__":
    url, room, count = sys.argv[1:]
    history = open_history(url)
    history.check()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    ids = MessageIds(clock=lambda: 1_790_000_000.0)
    for _ in range(int(count)):
        (stored,) = history.append([draft(room=room).with_id(ids.make(room))])
        assert isinstance(stored, Message)
    history.close()
