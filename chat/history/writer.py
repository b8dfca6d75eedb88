"""Group commit: all queued messages are stored together."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from chat.clocks import steady
from chat.errors import ChatError, Conflict, Unavailable
from chat.histogram import Histogram
from chat.history.doubts import Doubts
from chat.history.outcomes import Key, Outcomes, key_of
from chat.history.pending import Pending
from chat.history.resends import QUEUED_AT_MOST, Claim, Resends
from chat.messages.ids import MessageIds
from chat.messages.message import Draft, Message
from chat.storage.base import BATCH, History, InDoubt

log = logging.getLogger(__name__)

ANSWER_WITHIN = 4.5  # seconds until a sender is told that the outcome is unknown

# Seconds between the starts of two groups, unless the second is full already: a group costs much
# more than one more message in it. The wait is too short to notice, and a lone message has none.
GATHER = 0.01

DRAIN_POLL = 0.01  # seconds

# Bounds of the ranges in which waits are counted, in seconds. SQLite needs milliseconds, DynamoDB
# ten, and ANSWER_WITHIN is in the last one.
WAITS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Writer:
    """Stores messages one group after the other, in the order of their ids.

    Any number of threads may wait in `store`. After a pause, a thread writes its message itself, at
    once. Messages that come during that write, or within GATHER of its start, are queued; a
    background thread writes them in groups until the queue is empty. So the first caller waits as
    long as the history takes, the others ANSWER_WITHIN at most.

    While messages are in doubt, no further group is written. So the ids of later groups sort after
    every message of this process that may still appear.

    `waits` are the seconds that callers of `store` waited, and `failures` is how many of them were
    told that the history is unavailable.

    Args:
        history: Where messages are stored.
        ids: Makes the ids, in the order in which messages are written.
        resends: Finds earlier attempts, where `append` is not idempotent.
        may_write: Asked just before each group is written. It may take its time.
        monotonic: Seconds.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        history: History,
        ids: MessageIds,
        *,
        resends: Resends | None = None,
        may_write: Callable[[], bool] = lambda: True,
        monotonic: Callable[[], float] = steady,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._history = history
        self._ids = ids
        self._resends = resends or Resends(history)
        self.may_write = may_write
        self._monotonic = monotonic
        self._sleep = sleep
        self.waits = Histogram(WAITS)
        self.failures = 0
        self._lock = threading.Lock()
        self._queue: deque[Pending] = deque()
        self._pending: dict[Key, Pending] = {}
        self._outcomes = Outcomes()
        self._subscribers: list[Callable[[Message], object]] = []
        self._callers = 0  # threads in `store`
        self._is_in_doubt = False
        self._doubts = Doubts(history, self._set_outcome, monotonic, sleep)
        self._is_writing = False
        self._gather_until = 0.0  # seconds, monotonic
        # Whether another process refused the first attempt of a message.
        self.was_refused_elsewhere: Callable[[Key], bool] = lambda _key: False

    def subscribe(self, subscriber: Callable[[Message], object]) -> None:
        """Register a function that is called once for each message as soon as it is stored.

        It is called even if the sender waits no more. The calls come in the order of the ids,
        except for messages that were in doubt and for earlier attempts of resends: these come when
        they are found. Subscribers are called in the order of their registration.
        """
        self._subscribers.append(subscriber)

    def store(
        self, draft: Draft, first_attempt_ms_ago: int | None = None, late_s: float = 0
    ) -> Message:
        """Store a message once, however often it is sent.

        Args:
            draft: The message; its user and `client_id` identify it.
            first_attempt_ms_ago: Set for a resend: milliseconds since it was first sent.
            late_s: Seconds that this attempt was on its way. After more than LATE, the message may
                have been sent again to another process: it is searched for before it is written.

        Returns:
            The message in the history.

        Raises:
            chat.errors.Unavailable: It wasn't stored, or is in doubt; send it again.
            chat.errors.Conflict: That `client_id` was used for another text or room.
        """
        with self._lock:
            self._callers += 1
        began = self._monotonic()
        try:
            message = self._store(draft, first_attempt_ms_ago, late_s)
        except Unavailable:
            self.failures += 1
            raise
        finally:
            with self._lock:
                self._callers -= 1
                self.waits.add(self._monotonic() - began)
        if (message.room, message.text) != (draft.room, draft.text):
            raise Conflict("this client_id was used for another message")
        return message

    def _store(self, draft: Draft, first_attempt_ms_ago: int | None, late_s: float) -> Message:
        key = key_of(draft)
        now = self._monotonic()
        with self._lock:
            if stored := self._outcomes.stored(draft):
                return stored
            if pending := self._pending.get(key):
                is_new = False
            else:
                is_new = True
                pending = Pending(draft, first_attempt_ms_ago, late_s, now + QUEUED_AT_MOST)
                self._pending[key] = pending
        if is_new:
            self._begin(pending)
        return pending.wait(now + ANSWER_WITHIN - self._monotonic())

    def _begin(self, pending: Pending) -> None:
        if self._is_in_doubt:
            self._set_outcome(pending, Unavailable("the history can't be reached"))
        elif pending.is_the_only_attempt or self._history.append_is_idempotent:
            self._enqueue(pending)
        else:
            # This may take longer than the sender waits. Then the next resend gets the outcome.
            threading.Thread(target=self._resend, args=(pending,), daemon=True).start()

    def _resend(self, pending: Pending) -> None:
        try:
            # Before a late first attempt there is no earlier one in flight, only resends after it.
            is_in_flight = not (pending.is_first_attempt or self._was_refused(pending))
            earlier = self._resends.resolve(pending.draft, pending.age_s, is_in_flight=is_in_flight)
            if isinstance(earlier, Claim):
                self._write_with_claim(pending, earlier)
            else:
                self._ids.learn(earlier.room, earlier.id)
                self._set_outcome(pending, earlier)
        except ChatError as error:
            self._set_outcome(pending, error)
        except Exception:
            log.exception("A message that was sent again could not be stored")
            self._set_outcome(pending, Unavailable("the history failed"))

    def _was_refused(self, pending: Pending) -> bool:
        key = key_of(pending.draft)
        return self.was_refused(key) or self.was_refused_elsewhere(key)

    def was_refused(self, key: Key) -> bool:
        """Whether this process refused the first attempt of a message, so it can't be stored."""
        return self._outcomes.was_refused(key)

    def _write_with_claim(self, pending: Pending, claim: Claim) -> None:
        pending.write_before = claim.use_before
        self._enqueue(pending)
        pending.wait_for_outcome()
        try:
            self._resends.release(pending.draft, claim)
        except ChatError as error:
            log.warning("A claim stays until it runs out: %s", error)

    def _enqueue(self, pending: Pending) -> None:
        with self._lock:
            self._queue.append(pending)
            is_free = not self._is_writing
            self._is_writing = True
        if is_free and (self._is_busy() or self._write_group()):
            threading.Thread(target=self._write_queued, daemon=True).start()

    def _is_busy(self) -> bool:
        return self._monotonic() < self._gather_until

    def _write_queued(self) -> None:
        is_more = True
        while is_more:
            if self._doubts:
                self._clear_up()
            if self._is_busy() and len(self._queue) < BATCH:
                self._sleep(max(0.0, self._gather_until - self._monotonic()))
            is_more = self._write_group()

    def _write_group(self) -> bool:
        """Write one group; returns whether there is more to write, or messages are in doubt."""
        with self._lock:
            group = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        if not self._history.append_keeps_order:
            group = [each for each in group if self._ensure_room_known(each)]
        if not self.may_write():
            self._fail(group, "the history can't be reached")
            group = []
        made = [(each, each.draft.with_id(self._ids.make(each.draft.room))) for each in group]
        now = self._monotonic()  # last of all: messages that are in time are written at once
        self._gather_until = now + GATHER
        self._fail([each for each in group if each.write_before < now], "the history is slow")
        if in_time := [pair for pair in made if pair[0].write_before >= now]:
            self._write(in_time)
        with self._lock:
            self._is_writing = bool(self._queue or self._doubts)
            return self._is_writing

    def _ensure_room_known(self, pending: Pending) -> bool:
        """Read the newest id of a room before the first write to it; False if that failed.

        The clock of an earlier process may have been ahead. New messages sort after its messages.
        """
        room = pending.draft.room
        if not self._ids.knows(room):
            try:
                newest = self._history.newest(room, 1).messages
            except ChatError as error:
                self._set_outcome(pending, error)
                return False
            except Exception:
                log.exception("The history failed to find the newest message")
                self._set_outcome(pending, Unavailable("the history failed"))
                return False
            self._ids.stay_after(room, newest[0].id if newest else None)
        return True

    def _write(self, group: list[tuple[Pending, Message]]) -> None:
        outcomes: list[Message | ChatError]
        try:
            outcomes = self._history.append([message for _, message in group])
        except ChatError as error:
            outcomes = [error] * len(group)
        except Exception:
            log.exception("The history failed to store %d messages", len(group))
            outcomes = [InDoubt("the history failed")] * len(group)
        for (pending, message), outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, InDoubt):
                self._doubts.add(pending, message)
            else:
                self._set_outcome(pending, outcome)

    def _clear_up(self) -> None:
        """Refuse all messages until the outcome of those in doubt is known."""
        log.warning("It is unknown whether %d messages were stored", len(self._doubts))
        self._set_in_doubt(True)
        self._fail(self._take_queue(), "the history can't be reached")
        self._doubts.clear_up()
        self._set_in_doubt(False)
        log.warning("It is known again which messages are stored")

    def _set_in_doubt(self, is_in_doubt: bool) -> None:
        with self._lock:
            self._is_in_doubt = is_in_doubt

    def _take_queue(self) -> list[Pending]:
        with self._lock:
            queued = list(self._queue)
            self._queue.clear()
        return queued

    def _fail(self, group: list[Pending], why: str) -> None:
        for pending in group:
            self._set_outcome(pending, Unavailable(why))

    def _set_outcome(self, pending: Pending, outcome: Message | ChatError) -> None:
        is_first = pending.is_first_attempt
        with self._lock:
            del self._pending[key_of(pending.draft)]
            self._outcomes.add(pending.draft, outcome, is_first_attempt=is_first)
        pending.set_outcome(outcome)
        if isinstance(outcome, Message):
            self._notify(outcome)

    def _notify(self, message: Message) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(message)
            except Exception:
                log.exception("A stored message could not be told of")

    @property
    def waiting(self) -> int:
        """How many messages wait to be stored, or are being written."""
        return len(self._pending)

    def drain(self, seconds: float) -> bool:
        """Wait until all messages are stored and answered; returns False on a timeout."""
        for _ in range(round(seconds / DRAIN_POLL)):  # polled: a signal would cost each message
            if not (self._pending or self._callers):
                return True
            time.sleep(DRAIN_POLL)
        return not (self._pending or self._callers)
