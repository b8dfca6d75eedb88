"""HTTP connections on which a peer has yet to send a request, or to take its answer.

They cost a descriptor, a green thread and a buffer each, and a stranger needs nothing to open them.
So they are few, and the one that has waited longest makes room for the next.
"""

import errno
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chat.delivery.green import eventlet, hubs

MOST = 400
MOST_OF_ONE = 100  # of one peer, which may be a proxy with many behind it


class Unfinished:
    """Green threads that wait for their peers, in the order in which they began to."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._peers: dict[Any, str] = {}  # green thread → peer
        self._of_peer: Counter[str] = Counter()
        self._ending: set[Any] = set()

    def begin(self, peer: str) -> None:
        """Count the calling green thread, which may be ended by a ConnectionResetError from now on.

        Args:
            peer: Who is waited for; empty if there may be many behind it.
        """
        self._peers[eventlet.getcurrent()] = peer
        self._of_peer[peer] += 1

    def end(self) -> None:
        """The calling green thread has got what it waited for, or gives up."""
        thread = eventlet.getcurrent()
        self._forget(thread)
        self._ending.discard(thread)

    @contextmanager
    def waiting(self, peer: str) -> Iterator[None]:
        """Count the calling green thread for as long as the block runs, and make room for it."""
        self.begin(peer)
        self._make_room(peer)
        try:
            yield
        finally:
            self.end()

    def _make_room(self, peer: str) -> None:
        while peer and self._of_peer[peer] > self._most_of_one:
            self._end(next(thread for thread, of in self._peers.items() if of == peer))
        while len(self._peers) > self._most:
            self._end(next(iter(self._peers)))

    def _end(self, thread: Any) -> None:
        self._forget(thread)
        self._ending.add(thread)
        hubs.get_hub().schedule_call_global(0, self._throw, thread)

    def _throw(self, thread: Any) -> None:
        if thread in self._ending:  # otherwise it has got something at the last moment
            self._ending.remove(thread)
            thread.throw(ConnectionResetError(errno.ECONNRESET, "others need the room"))

    def _forget(self, thread: Any) -> None:
        peer = self._peers.pop(thread, None)
        if peer is not None:
            self._of_peer[peer] -= 1
            if not self._of_peer[peer]:
                del self._of_peer[peer]
