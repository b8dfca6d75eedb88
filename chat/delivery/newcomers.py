"""Sessions that nobody has let in yet, counted by who opened them.

To open one costs a client nothing, so they have places of their own: strangers can't take those of
members, and no single client can take all.
"""

from collections import Counter

MOST_STRANGERS = 500  # of all clients
MOST_OF_ONE = 100  # of one member, or of one address


class Newcomers:
    """Maps the ids of such sessions to who opened them: a member or an address."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._strangers: set[str] = set()

    @property
    def strangers(self) -> int:
        """How many are of clients that are no members."""
        return len(self._strangers)

    def has_room(self, key: str, *, is_member: bool) -> bool:
        """Whether one more may be opened."""
        is_full = not is_member and self.strangers >= MOST_STRANGERS
        return not is_full and self._counts[key] < MOST_OF_ONE

    def add(self, sid: str, key: str, *, is_member: bool) -> None:
        """Count a session."""
        self._keys[sid] = key
        self._counts[key] += 1
        if not is_member:
            self._strangers.add(sid)

    def discard(self, sid: str) -> None:
        """Forget a session that was let in, or has ended."""
        key = self._keys.pop(sid, None)
        if key is not None:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
            self._strangers.discard(sid)

    def __contains__(self, sid: str) -> bool:
        return sid in self._keys
