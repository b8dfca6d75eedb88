"""What is kept for all peers together: messages, and data that they don't take.

Each connection has its limits, but many of them together could fill the memory. Where that begins,
the connections that hold the most are dropped. What a handler has can't be given up any more: there
whoever brings more is dropped.
"""

from typing import Protocol


class Holder(Protocol):
    """A connection for which something is kept."""

    def abort(self) -> None:
        """Drop the connection at once, and tell `Held` that nothing is kept any more."""


class Held:
    """Counts bytes, of the few connections only for which any are kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._sizes: dict[Holder, int] = {}
        self._total = 0

    def set(self, holder: Holder, size: int) -> None:
        """Say how much is kept for a connection; may drop it, or others."""
        self._total += size - self._sizes.get(holder, 0)
        if size:
            self._sizes[holder] = size
        else:
            self._sizes.pop(holder, None)
        while self._total > self._most:
            largest = max(self._sizes, key=self._sizes.__getitem__)
            self._total -= self._sizes.pop(largest)
            largest.abort()


class LongMessages:
    """Counts the characters of long messages that have arrived and are not handled yet.

    They can't be given up: a handler may have them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._total = 0

    def add(self, size: int) -> bool:
        """Count one more; False if that would be too much, then it is not counted."""
        if self._total + size > self._most:
            return False
        self._total += size
        return True

    def remove(self, size: int) -> None:
        """One has been handled, or dropped."""
        self._total -= size
