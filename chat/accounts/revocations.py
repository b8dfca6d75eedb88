"""What other processes took away: their sign-outs and bans end connections here, too."""

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from chat.clocks import steady
from chat.errors import Unavailable
from chat.messages.ids import id_at
from chat.storage.accounts import Accounts, Revocation
from chat.storage.base import SETTLED_AFTER

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds between two reads

# Seconds that one waits for further ones before it is read, when another process says so.
HURRY_AFTER = 0.25

# Seconds after which a revocation is acted on once more. It is written before the authority
# changes, and somebody may have been let in in between.
AGAIN_AFTER = 15.0


class Revocations:
    """Follows the log of revocations.

    Args:
        accounts: The records.
        revoked: Called with each revocation at sight, and once more after AGAIN_AFTER.
        sleep: Waits for some seconds.
        clock: Seconds since the epoch.
        steady: Seconds, monotonic.
    """

    def __init__(
        self,
        accounts: Accounts,
        revoked: Callable[[Revocation], None],
        sleep: Callable[[float], Any],
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady,
    ) -> None:
        self._accounts = accounts
        self._revoked = revoked
        self._sleep = sleep
        self._clock = clock
        self._steady = steady
        self._read_at = clock()  # when the last read that worked began
        self._seen: set[str] = set()  # ids in the part that is read again
        self._again: deque[tuple[float, Revocation]] = deque()  # the earliest first
        self._is_hurrying = False

    def follow(self) -> None:
        """Read for as long as the process runs."""
        while True:
            self._sleep(EVERY)
            self._read_safely()
            while self._again and self._again[0][0] <= self._steady():
                self._act(self._again.popleft()[1])

    def hurry(self) -> None:
        """Read soon: another process says that it has taken something away.

        What was read in the moment before is acted on again: the other process first records what
        it takes away, and then takes it away.
        """
        if not self._is_hurrying:
            self._is_hurrying = True
            self._sleep(HURRY_AFTER)
            self._is_hurrying = False
            lately = id_at(self._clock() - EVERY)
            self._seen = {id_ for id_ in self._seen if id_ < lately}
            self._read_safely()

    def _read_safely(self) -> None:
        try:
            self._read()
        except Unavailable:
            pass  # the next read goes on from the same place
        except Exception:
            log.exception("What other processes revoked could not be read")

    def _read(self) -> None:
        """Read what is new, and again what may have been written late, or by a slower clock."""
        now = self._clock()
        found = self._accounts.revoked_since(id_at(self._read_at - SETTLED_AFTER))
        fresh = [each for each in found if each.id not in self._seen]
        self._seen = {each.id for each in found}
        self._read_at = now
        for revocation in fresh:
            self._again.append((self._steady() + AGAIN_AFTER, revocation))
            self._act(revocation)

    def _act(self, revocation: Revocation) -> None:
        """Act; a fault must not keep others from being acted on."""
        try:
            self._revoked(revocation)
        except Exception:
            log.exception("What another process revoked could not be acted on")
