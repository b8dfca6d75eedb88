"""Stores a resend only once, where `append` is not idempotent.

An earlier attempt may have been sent to another process. That process may still be writing, or may
have died while writing. Two rules prevent a second copy of the message:

- Without a claim only a first attempt is written. It is in the history IN_FLIGHT_FOR after it was
  sent, or never will be. A resend waits until then.
- A resend is written only by the process that has the claim to it, and only until the deadline of
  the claim. A claim is an item of the table, put by a conditional write, so that one process has
  it. It ends when its owner empties the item, or when another process has seen the same claim for
  longer than CLAIM_LASTS. For that, no two clocks have to agree.
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

QUEUED_AT_MOST = 4.5  # seconds that a message may wait in the queue of the writer

# Seconds after which a first attempt is in the history, or never will be.
IN_FLIGHT_FOR = QUEUED_AT_MOST + APPEND_WITHIN + MAY_LAND_WITHIN

# Seconds from the request for a claim until nothing that was written under it can be stored any
# more: the history takes up to APPEND_WITHIN to answer, and the write is in flight after that.
CLAIM_LASTS = APPEND_WITHIN + IN_FLIGHT_FOR

WATCH_EVERY = 1.0  # seconds between two looks at the claim of another process

# Seconds by which a search for an earlier attempt goes further back, because clocks may differ.
CLOCKS_DIFFER_BY = 30.0


class Claim(NamedTuple):
    """The right to write a resend."""

    token: str
    use_before: float  # deadline of the start of the write (seconds, monotonic)


class Resends:
    """Finds what an earlier attempt stored, or gets the claim to write the resend.

    Args:
        history: Where to search, and where claims are kept.
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
        """The message that an earlier attempt stored, or the claim to write it now.

        Blocks until no earlier attempt is in flight and no other process has the claim.

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
        """Seconds since the epoch by the clock of the history, because ours may be wrong."""
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
        """End a claim, after the outcome of the write is known."""
        self._history.release(draft, claim.token)
