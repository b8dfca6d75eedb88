"""A message that is queued or being written."""

import threading

from chat.errors import ChatError, Unavailable
from chat.messages.message import Draft, Message

# Seconds. A first attempt that was on its way for this long at most is written without a search for
# resends, within what is left of QUEUED_AT_MOST. A search takes five calls instead of one, and an
# overloaded server makes messages late itself.
LATE = 3.0


class Pending:
    """A message that is queued or being written. Threads can wait for its outcome."""

    def __init__(
        self, draft: Draft, first_attempt_ms_ago: int | None, late_s: float, write_before: float
    ) -> None:
        self.draft = draft
        self.is_first_attempt = first_attempt_ms_ago is None
        # Seconds since the first attempt left the client.
        self.age_s = (first_attempt_ms_ago or 0) / 1000 + late_s
        # Whether no other process can have got the message as a resend.
        self.is_the_only_attempt = self.is_first_attempt and late_s <= LATE
        # Deadline of the start of the write (seconds, monotonic). A later write may store a message
        # a second time, because another process may have stored its resend.
        self.write_before = write_before - min(late_s, LATE)
        self._unknown = threading.Lock()  # locked until then; an Event costs thrice as much
        self._unknown.acquire()
        self._outcome: Message | ChatError

    def set_outcome(self, outcome: Message | ChatError) -> None:
        """Set the outcome, and wake all threads that wait for it."""
        self._outcome = outcome
        self._unknown.release()

    def wait_for_outcome(self, seconds: float = -1) -> bool:
        """Wait for the outcome, without a limit if `seconds` is -1; returns False on a timeout."""
        is_known = self._unknown.acquire(timeout=seconds)
        if is_known:
            self._unknown.release()  # wakes the next thread that waits
        return is_known

    def wait(self, seconds: float) -> Message:
        """Wait for the stored message.

        Raises:
            chat.errors.ChatError: The outcome; Unavailable if there is none after `seconds`.
        """
        if not self.wait_for_outcome(max(0.0, seconds)):
            raise Unavailable("the history is slow: the outcome is unknown")
        if isinstance(self._outcome, ChatError):
            raise self._outcome
        return self._outcome
