"""A process that writes to a history: `python -m tests.history.writes URL ROOM COUNT`.

It says that it is ready, waits for a line, and takes all its ids from one and the same microsecond.
"""

import sys

from chat.history import open_history
from chat.message_ids import MessageIds
from tests.history.messages import draft, store

if __name__ == "__main__":
    url, room, count = sys.argv[1:]
    history = open_history(url)
    history.check()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    ids = MessageIds(clock=lambda: 1_790_000_000.0)
    for _ in range(int(count)):
        store(history, draft(room=room).with_id(ids.make()))
    history.close()
