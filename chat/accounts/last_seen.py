"""When sessions were last in use, and so when people were last here.

Nobody waits for this: what is noted is written every few seconds, and later in an outage.
"""

import itertools
import logging
import time
from collections.abc import Callable, Collection
from typing import Any

from chat.errors import Unavailable
from chat.storage.accounts import Accounts, Key

log = logging.getLogger(__name__)

EVERY = 10.0  # seconds between two writes

# Sessions in one write. After a restart everybody connects at once; with DynamoDB each session
# costs two updates, which must not get in the way of messages.
AT_ONCE = 100

REMEMBERED = 10_000  # sessions that wait to be written; of more, the first that were noted are lost


class LastSeen:
    """Notes which sessions are in use, and records it in the background.

    Args:
        accounts: The records.
        sleep: Waits for some seconds.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        accounts: Accounts,
        sleep: Callable[[float], Any],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._sleep = sleep
        self._clock = clock
        self._noted: dict[Key, float] = {}  # not recorded yet; the first that were noted first
        self._latest: dict[str, float] = {}  # the same by person

    def note(self, key: Key) -> None:
        """A session is in use at this moment."""
        person, _ = key
        self._noted[key] = self._latest[person] = self._clock()
        if len(self._noted) > REMEMBERED:
            self._forget(*next(iter(self._noted.items())))

    def _forget(self, key: Key, at: float) -> None:
        """Forget a moment, unless the session, or the person, was noted again meanwhile."""
        person, _ = key
        if self._noted.get(key) == at:
            del self._noted[key]
        if self._latest.get(person) == at:
            del self._latest[person]

    def unrecorded(self, people: Collection[str]) -> dict[str, float]:
        """When these people were last here, as far as that isn't recorded yet."""
        return {person: self._latest[person] for person in people if person in self._latest}

    def follow(self) -> None:
        """Record for as long as the process runs."""
        while True:
            self._sleep(EVERY)
            self._record()

    def _record(self) -> None:
        times = dict(itertools.islice(self._noted.items(), AT_ONCE))
        try:
            if times:
                self._accounts.seen(times)
        except Unavailable:
            return  # the next round tries again
        except Exception:
            log.exception("When people were last here could not be recorded")
        for key, at in times.items():
            self._forget(key, at)
