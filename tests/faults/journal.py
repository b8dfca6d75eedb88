"""What the clients of a test did and saw, in one order."""

import itertools
import threading
import time
from collections import Counter
from typing import NamedTuple

SENT, ACKNOWLEDGED, REFUSED, RECEIVED = "sent", "acknowledged", "refused", "received"
READ, VIEW, PEOPLE, ROOM = "read", "view", "people", "room"


class Entry(NamedTuple):
    """One entry.

    `subject` is a draft, a stored message or an error; how far a person has read (READ); the ids on
    a screen (VIEW) or of the people that it shows (PEOPLE); what `Client.look` returns (ROOM).
    """

    number: int
    at: float  # seconds, monotonic
    client: str
    what: str
    room: str
    subject: object


class Journal:
    """Takes entries from any thread."""

    def __init__(self):
        self._entries = []
        self._received = {}  # messages by client, room and id
        self._messages = {}
        self._counts = Counter()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def note(self, client, what, room, subject):
        with self._lock:
            if what == RECEIVED:
                subject = self._shared(room, subject)
                if self._received.get((client, room, subject["id"])) == subject:
                    return  # received again; the client merges it
                self._received[client, room, subject["id"]] = subject
            self._counts[what] += 1
            entry = Entry(next(self._numbers), time.monotonic(), client, what, room, subject)
            self._entries.append(entry)

    def _shared(self, room, message):
        """One object for all clients that received the same."""
        first = self._messages.setdefault((room, message["id"]), message)
        return first if first == message else message

    def of(self, *what):
        """The entries of these kinds, in their order."""
        return [entry for entry in list(self._entries) if entry.what in what]

    @property
    def last(self):
        """The number of the newest entry."""
        return self._entries[-1].number if self._entries else 0

    def count(self, what):
        return self._counts[what]
