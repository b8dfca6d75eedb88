"""What has to be done when."""

import heapq


class Agenda:
    """What is due when: each key once, at the earliest time that was asked for."""

    def __init__(self) -> None:
        self._planned: dict[str, float] = {}
        self._in_order: list[tuple[float, str]] = []  # with entries that were planned earlier since

    def add(self, key: str, due: float) -> None:
        """Plan it for then, unless it is planned for earlier."""
        if due < self._planned.get(key, float("inf")):
            self._planned[key] = due
            heapq.heappush(self._in_order, (due, key))

    def due(self, now: float) -> list[str]:
        """What is due, which is planned no more."""
        found = []
        while self._in_order and self._in_order[0][0] <= now:
            due, key = heapq.heappop(self._in_order)
            if self._planned.get(key) == due:
                del self._planned[key]
                found.append(key)
        return found

    def __bool__(self) -> bool:
        return bool(self._planned)
