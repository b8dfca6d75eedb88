"""A schedule."""

import heapq
from typing import Generic, TypeVar

Key = TypeVar("Key", str, tuple[str, str])


class Agenda(Generic[Key]):
    """A schedule of keys: each key at most once, at the earliest time that was asked for."""

    def __init__(self) -> None:
        self._planned: dict[Key, float] = {}
        # A heap. It keeps stale entries of keys that were moved to an earlier time.
        self._in_order: list[tuple[float, Key]] = []

    def add(self, key: Key, due: float) -> None:
        """Plan the key for the time `due`, unless it is already planned for an earlier time."""
        if due < self._planned.get(key, float("inf")):
            self._planned[key] = due
            heapq.heappush(self._in_order, (due, key))

    def due(self, now: float) -> list[Key]:
        """Remove and return the keys that are due."""
        found = []
        while self._in_order and self._in_order[0][0] <= now:
            due, key = heapq.heappop(self._in_order)
            if self._planned.get(key) == due:
                del self._planned[key]
                found.append(key)
        return found

    def __bool__(self) -> bool:
        return bool(self._planned)
