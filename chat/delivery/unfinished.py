"""HTTP connections on which the peer has not sent its whole request, or not read its whole answer.

Each costs a file descriptor, a green thread and a buffer, and anyone can open them at no cost. So
their number is bounded: over the limit, the connection that has waited longest is closed.
"""

import errno
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chat.delivery.green import eventlet, hubs

MOST = 400  # connections
MOST_OF_ONE = 100  # connections of one peer, which may be a proxy of many people


class Unfinished:
    """Green threads that wait for their peers, in the order in which they began to wait."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._peers: dict[Any, str] = {}  # green thread → peer
        self._of_peer: Counter[str] = Counter()
        self._ending: set[Any] = set()

    def begin(self, peer: str) -> None:
        """Count the calling green thread; from now on it may get a ConnectionResetError.

        Args:
            peer: The network address of the peer; empty if it is a proxy's, or unknown.
        """
        self._peers[eventlet.getcurrent()] = peer
        self._of_peer[peer] += 1

    def end(self) -> None:
        """Stop counting the calling green thread: its wait is over."""
        thread = eventlet.getcurrent()
        self._forget(thread)
        self._ending.discard(thread)

    @contextmanager
    def waiting(self, peer: str) -> Iterator[None]:
        """Count the calling green thread while the block runs; close others over the limit."""
        self.begin(peer)
        self._make_room(peer)
        try:
            yield
        finally:
            self.end()

    def _make_room(self, peer: str) -> None:
        while peer and self._of_peer[peer] > self._most_of_one:
            self._end(next(thread for thread, its in self._peers.items() if its == peer))
        while len(self._peers) > self._most:
            self._end(next(iter(self._peers)))

    def _end(self, thread: Any) -> None:
        self._forget(thread)
        self._ending.add(thread)
        hubs.get_hub().schedule_call_global(0, self._throw, thread)

    def _throw(self, thread: Any) -> None:
        if thread in self._ending:  # otherwise its wait has ended in the meantime
            self._ending.remove(thread)
            thread.throw(ConnectionResetError(errno.ECONNRESET, "others need the room"))

    def _forget(self, thread: Any) -> None:
        peer = self._peers.pop(thread, None)
        if peer is not None:
            self._of_peer[peer] -= 1
            if not self._of_peer[peer]:
                del self._of_peer[peer]
