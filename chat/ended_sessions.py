"""Sessions that were signed out."""


class EndedSessions:
    """The latest of this process: a copy of the cookie would otherwise be valid for ever."""

    REMEMBERED = 10_000

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}

    def add(self, person_id: str) -> None:
        """Refuse the session of this person from now on."""
        self._ids[person_id] = None
        if len(self._ids) > self.REMEMBERED:
            del self._ids[next(iter(self._ids))]

    def __contains__(self, person_id: str) -> bool:
        return person_id in self._ids
