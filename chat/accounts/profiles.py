"""The names of people, and when they were last here, for everybody who asks."""

import time
from collections.abc import Callable, Sequence

from chat.accounts.last_seen import LastSeen
from chat.storage.accounts import Accounts, Profile

GOOD_FOR = 10.0  # seconds for which a profile is cached: in a room many ask about the same people
REMEMBERED = 10_000  # people


class Profiles:
    """Looks people up.

    Args:
        accounts: The records.
        last_seen: Knows what isn't recorded yet.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        accounts: Accounts,
        last_seen: LastSeen,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._last_seen = last_seen
        self._clock = clock
        self._cache: dict[str, tuple[Profile, float]] = {}  # and until when it is good

    def find(self, people: Sequence[str]) -> list[Profile]:
        """The profiles of people, in their order; unknown people and repetitions are left out.

        Args:
            people: At most ASKED_AT_ONCE ids.

        Raises:
            chat.errors.Unavailable: Some are not cached, and the storage can't be reached.
        """
        wanted = dict.fromkeys(people)
        self._look_up([id_ for id_ in wanted if not self._is_cached(id_)])
        here = self._last_seen.unrecorded(wanted)
        found = [entry[0] for id_ in wanted if (entry := self._cache.get(id_))]
        return [
            each._replace(last_here=max(each.last_here, here.get(each.id, 0.0))) for each in found
        ]

    def forget(self, person: str) -> None:
        """Look somebody up again, whose profile is another one now."""
        self._cache.pop(person, None)

    def _is_cached(self, person: str) -> bool:
        entry = self._cache.get(person)
        return entry is not None and entry[1] > self._clock()

    def _look_up(self, people: list[str]) -> None:
        if not people:
            return
        found = self._accounts.profiles(people)
        until = self._clock() + GOOD_FOR
        for person in people:
            self._cache.pop(person, None)  # the new entry goes to the end of the dict
            if person in found:
                self._cache[person] = found[person], until
        while len(self._cache) > REMEMBERED:
            del self._cache[next(iter(self._cache))]
