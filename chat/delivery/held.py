"""Memory budgets of all connections together.

Each connection has its own limits, but many connections together could still fill the memory. When
all buffers together exceed their budget, the connections with the largest buffers are dropped
(`Held`). A message that a handler works on can't be dropped: there the client that sends the next
one is disconnected (`LongMessages`).
"""

from typing import Protocol


class Holder(Protocol):
    """A connection with buffered bytes."""

    def abort(self) -> None:
        """Drop the connection at once, and tell `Held` that its buffers are empty."""


class Held:
    """Counts buffered bytes; stores only the few connections that have any.

    `dropped` is how many connections were dropped because too much was waiting: over the budget,
    or over their own limit.
    """

    def __init__(self, most: int) -> None:
        self.dropped = 0
        self._most = most
        self._sizes: dict[Holder, int] = {}
        self._total = 0

    def set(self, holder: Holder, size: int) -> None:
        """Set how many bytes are buffered for a connection; may drop this connection, or others."""
        self._total += size - self._sizes.get(holder, 0)
        if size:
            self._sizes[holder] = size
        else:
            self._sizes.pop(holder, None)
        while self._total > self._most:
            largest = max(self._sizes, key=self._sizes.__getitem__)
            self._total -= self._sizes.pop(largest)
            self.dropped += 1
            largest.abort()


class LongMessages:
    """Counts the characters of long messages that have arrived and are not handled yet."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._total = 0

    def add(self, size: int) -> bool:
        """Count a message; return False, and don't count it, if it exceeds the budget."""
        if self._total + size > self._most:
            return False
        self._total += size
        return True

    def remove(self, size: int) -> None:
        """Stop counting a message: it was handled or dropped."""
        self._total -= size
