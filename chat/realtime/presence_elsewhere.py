"""Whom other processes have in a room."""

from collections.abc import Collection, Sequence

Listed = dict[str, str]  # a person, `{"id", "name"}`; one object for all recipients


class Elsewhere:
    """Whom each of the other processes has in one room, as it has reported.

    The people of a process that is gone count for some more seconds: until then most of them have
    come back, here or elsewhere.
    """

    def __init__(self) -> None:
        self._people: dict[str, dict[str, Listed]] = {}  # by process, then by id
        # The same of processes that are gone, and when their people leave (seconds, monotonic).
        self._lost: dict[str, tuple[float, dict[str, Listed]]] = {}

    def replace(
        self, process: str, people: Sequence[Listed]
    ) -> tuple[list[Listed], Collection[str]]:
        """Take over all people of a process; returns what has changed, as `change` takes it."""
        _, before = self._lost.pop(process, (0.0, {}))
        before = before | self._people.get(process, {})
        self._people[process] = {each["id"]: each for each in people}
        joined = [each for each in people if before.pop(each["id"], None) != each]
        return joined, before

    def change(self, process: str, joined: Sequence[Listed], left: Collection[str]) -> None:
        """Take over who has joined at a process or has a new name there, and who has left (ids)."""
        people = self._people.setdefault(process, {})
        people.update((each["id"], each) for each in joined)
        _, lost = self._lost.get(process, (0.0, {}))
        for id_ in left:
            people.pop(id_, None)
            lost.pop(id_, None)

    def lose(self, process: str, until: float) -> bool:
        """A process is gone, its people count until `until`; returns whether it had anybody."""
        people = self._people.pop(process, None)
        if people:
            _, before = self._lost.pop(process, (0.0, {}))
            self._lost[process] = until, before | people
        return bool(people)

    def forget_lost(self, now: float) -> list[str]:
        """Forget the people of lost processes whose time is over; returns their ids."""
        over = [process for process, (until, _) in self._lost.items() if until <= now]
        return [id_ for process in over for id_ in self._lost.pop(process)[1]]

    def next_end(self) -> float | None:
        """When the people of a lost process leave next (seconds, monotonic)."""
        return min((until for until, _ in self._lost.values()), default=None)

    def ids(self) -> set[str]:
        """The ids of all people."""
        return {id_ for people in self._sources() for id_ in people}

    def find(self, person_id: str) -> list[Listed]:
        """The person as each process reports it; those that live come last."""
        return [people[person_id] for people in self._sources() if person_id in people]

    def _sources(self) -> list[dict[str, Listed]]:
        return [*(people for _, people in self._lost.values()), *self._people.values()]
