"""What is kept for all peers together: messages that have begun, and data that they don't take.

Each connection has its limits, but many of them together could fill the memory. Where that begins,
the connections that hold the most are dropped.
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
