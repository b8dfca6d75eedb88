"""Sessions that no namespace has admitted yet, counted for each client.

To open a session costs a client nothing, so these have limits of their own: strangers can't use up
the sessions of members, and no single client can use up all.
"""

from collections import Counter

MOST_STRANGERS = 500  # sessions of all strangers
MOST_OF_ONE = 100  # sessions of one member, or of one address


class Newcomers:
    """Maps ids of sessions that are not admitted to their client: a member or an address."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._strangers: set[str] = set()

    @property
    def strangers(self) -> int:
        """The number of these sessions that belong to strangers."""
        return len(self._strangers)

    def has_room(self, key: str, *, is_member: bool) -> bool:
        """Whether a client may open one more session."""
        is_full = not is_member and self.strangers >= MOST_STRANGERS
        return not is_full and self._counts[key] < MOST_OF_ONE

    def add(self, sid: str, key: str, *, is_member: bool) -> None:
        """Count a session."""
        self._keys[sid] = key
        self._counts[key] += 1
        if not is_member:
            self._strangers.add(sid)

    def discard(self, sid: str) -> None:
        """Stop counting a session: it was admitted, or has ended."""
        key = self._keys.pop(sid, None)
        if key is not None:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
            self._strangers.discard(sid)

    def __contains__(self, sid: str) -> bool:
        return sid in self._keys
