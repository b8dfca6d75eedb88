"""Sessions that were signed out: a copy of their cookie must stay invalid, even after a restart.

A cookie is valid by its signature alone. So the history keeps a record of each ended session until
its cookie expires. It is looked up when somebody loads a page or connects with the cookie.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from chat.errors import Unavailable
from chat.history.gathered_reads import GatheredReads
from chat.storage import History
from chat.storage.base import ASKED_AT_ONCE

log = logging.getLogger(__name__)

# Seconds for which the answer "not ended" is cached. After a restart everybody comes back at once,
# and a page and each tab's two namespaces ask for the same session.
GOOD_FOR = 30.0

REMEMBERED = 10_000  # sessions, of those that have ended and of those that have not

RETRY_EVERY = 5.0  # seconds


class EndedSessions:
    """Knows which sessions have ended.

    While the history can't be reached, this process refuses sessions that ended in it, and accepts
    those that ended in another process or before its start, so that an outage keeps nobody out.

    Args:
        history: Keeps the records of ended sessions.
        start: Starts a function in the background.
        sleep: Waits for some seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        history: History,
        start: Callable[[Callable[[], None]], Any],
        sleep: Callable[[float], Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._history = history
        self._look_ups = GatheredReads(self._read, ASKED_AT_ONCE)
        self._start = start
        self._sleep = sleep
        self._clock = clock
        self._ended: dict[str, None] = {}  # the latest known ones, in order
        self._good: dict[str, float] = {}  # session: when its cached answer "not ended" expires
        self._unrecorded: dict[str, float] = {}  # session: when its cookie expires
        self._is_retrying = False

    def add(self, session: str, until: float) -> None:
        """Refuse the session from now on; this process does so at once.

        Args:
            session: Its id.
            until: When its cookie expires (seconds since the epoch).
        """
        _remember(self._ended, session, None)
        self._good.pop(session, None)
        try:
            self._history.end_session(session, until)
        except Unavailable as error:
            log.warning(
                "A sign-out can't be recorded yet; until then a restart would make copies of the "
                "cookie valid again: %s",
                error,
            )
            _remember(self._unrecorded, session, until)
            if not self._is_retrying:
                self._is_retrying = True
                self._start(self._retry)

    def _retry(self) -> None:
        try:
            while self._unrecorded:
                self._sleep(RETRY_EVERY)
                self._record()
        finally:
            self._is_retrying = False
        log.info("All sign-outs are recorded again")

    def _record(self) -> None:
        for session, until in list(self._unrecorded.items()):
            try:
                self._history.end_session(session, until)
            except Unavailable:
                return
            except Exception:
                log.exception("A sign-out could not be recorded")
            else:
                self._unrecorded.pop(session, None)

    def __contains__(self, session: str) -> bool:
        if session not in self._ended and self._good.get(session, 0.0) <= self._clock():
            self._look_up(session)
        return session in self._ended  # last: the session may have ended meanwhile

    def _read(self, sessions: list[str]) -> dict[str, bool]:
        return dict.fromkeys(self._history.ended(sessions), True)

    def _look_up(self, session: str) -> None:
        try:
            has_ended = self._look_ups.ask(session)
        except Unavailable:
            return
        if has_ended:
            _remember(self._ended, session, None)
        else:
            self._forget_the_old()
            _remember(self._good, session, self._clock() + GOOD_FOR)

    def _forget_the_old(self) -> None:
        """Drop cached answers that have expired; the oldest stand first."""
        now = self._clock()
        while self._good and self._good[oldest := next(iter(self._good))] <= now:
            del self._good[oldest]


def _remember(table: dict[str, Any], key: str, value: Any) -> None:
    """Put an entry at the end, and drop the first one if there are too many."""
    table.pop(key, None)
    table[key] = value
    if len(table) > REMEMBERED:
        del table[next(iter(table))]
