"""A message on its way into the history."""

import threading

from chat.errors import ChatError, Unavailable
from chat.messages.message import Draft, Message

# Seconds that a first attempt may have been on its way and is still written without a look, in what
# is left of QUEUED_AT_MOST. To look takes five calls instead of one, and a server with too much to
# do makes messages late itself.
LATE = 3.0


class Pending:
    """A message on its way into the history, and those who wait for the outcome."""

    def __init__(
        self, draft: Draft, first_attempt_ms_ago: int | None, late_s: float, write_before: float
    ) -> None:
        self.draft = draft
        self.is_first_attempt = first_attempt_ms_ago is None
        # Seconds since the first attempt left the client.
        self.age_s = (first_attempt_ms_ago or 0) / 1000 + late_s
        # Whether nobody can have tried to store it but this call.
        self.is_the_only_attempt = self.is_first_attempt and late_s <= LATE
        # Seconds, monotonic: a write that begins later may collide with a resend elsewhere.
        self.write_before = write_before - min(late_s, LATE)
        self._unsettled = threading.Lock()  # held; an Event would cost three times as much
        self._unsettled.acquire()
        self._outcome: Message | ChatError

    def settle(self, outcome: Message | ChatError) -> None:
        """Set the outcome, which is the end of all waits."""
        self._outcome = outcome
        self._unsettled.release()

    def wait_until_settled(self, seconds: float = -1) -> bool:
        """Wait for the outcome, without end if `seconds` is -1; False if the time was too short."""
        is_settled = self._unsettled.acquire(timeout=seconds)
        if is_settled:
            self._unsettled.release()  # for others who wait
        return is_settled

    def wait(self, seconds: float) -> Message:
        """Wait for the stored message.

        Raises:
            chat.errors.ChatError: The outcome; Unavailable if there is none after `seconds`.
        """
        if not self.wait_until_settled(max(0.0, seconds)):
            raise Unavailable("the history is slow: the outcome is unknown")
        if isinstance(self._outcome, ChatError):
            raise self._outcome
        return self._outcome
