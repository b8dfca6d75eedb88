"""Whether a message that is sent again was stored before, where the history itself can't tell.

An earlier attempt may have been made to another process, which may still be writing, or have died
while it was. Two rules keep one message one:

- Without a claim only a first attempt is written, and nothing of that reaches the history more
  than IN_FLIGHT_FOR after it was sent. A resend waits until then.
- A resend is written only by the process that has the claim to it, and only soon after it got it.
  A claim is an item of the table that one process alone can put there. It ends when its owner
  empties it, or when others have seen it for longer than its owner can have used it. No two
  clocks have to agree for that.
"""

import itertools
import random
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from chat.messages.ids import id_at
from chat.messages.message import Draft, Message
from chat.storage.base import APPEND_WITHIN, MAY_LAND_WITHIN, History

QUEUED_AT_MOST = 4.5  # seconds that a message waits for those that are being written

# Seconds from the first attempt of a message until that is in the history, or never will be.
IN_FLIGHT_FOR = QUEUED_AT_MOST + APPEND_WITHIN + MAY_LAND_WITHIN

# Seconds for which a claim is used: as long, from the moment when it was asked for, and the time
# that the history may take to answer.
CLAIM_LASTS = APPEND_WITHIN + IN_FLIGHT_FOR

WATCH_EVERY = 1.0  # seconds between two looks at somebody else's claim

CLOCKS_DIFFER_BY = 30.0  # seconds that a search for an earlier attempt goes further back


class Claim(NamedTuple):
    """Leave to write a message that was sent before."""

    token: str
    use_before: float  # seconds, monotonic: when the write has to begin at the latest


class Resends:
    """Finds messages that were sent before, or makes sure that nobody else stores them.

    Args:
        history: Where to look.
        clock: Seconds since the epoch, for a history that has no clock.
        monotonic: Seconds.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        history: History,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._history = history
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._process = secrets.token_hex(8)
        self._numbers = itertools.count(1)

    def resolve(self, draft: Draft, age_s: float, *, is_in_flight: bool = True) -> Message | Claim:
        """What an earlier attempt has stored, or the claim to store it now.

        Takes as long as an earlier attempt, or the claim of another process, may take to end.

        Args:
            draft: The message.
            age_s: Seconds since the first attempt.
            is_in_flight: False if the first attempt is known to have failed.

        Raises:
            chat.errors.Unavailable: The history can't be reached.
        """
        since = id_at(self._now() - age_s - CLOCKS_DIFFER_BY)
        if earlier := self._find(draft, since):
            return earlier
        if is_in_flight:
            self._sleep(max(0.0, IN_FLIGHT_FOR - age_s))
        claim = self._claim(draft)
        if earlier := self._find(draft, since):
            self.release(draft, claim)
            return earlier
        return claim

    def _now(self) -> float:
        """By the clock that others write by, too; ours may have been set wrong."""
        now = self._history.now()
        return self._clock() if now is None else now

    def _find(self, draft: Draft, since: str) -> Message | None:
        return self._history.find(draft.room, draft.user_id, draft.client_id, since)

    def _claim(self, draft: Draft) -> Claim:
        seen, seen_at = "", 0.0
        while True:
            token = f"{self._process}.{next(self._numbers)}"
            asked_at = self._monotonic()
            has_run_out = seen and asked_at - seen_at > CLAIM_LASTS
            holder = self._history.claim(draft, token, seen if has_run_out else "none")
            if holder == token:
                return Claim(token, asked_at + APPEND_WITHIN + QUEUED_AT_MOST)
            if holder != seen:
                seen, seen_at = holder, self._monotonic()
            self._sleep(random.uniform(WATCH_EVERY / 2, WATCH_EVERY))  # noqa: S311

    def release(self, draft: Draft, claim: Claim) -> None:
        """End a claim: it is known whether the message is stored."""
        self._history.release(draft, claim.token)
