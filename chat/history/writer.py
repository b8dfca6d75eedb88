"""Group commit: whatever waits to be stored is stored together."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from chat.clocks import steady
from chat.errors import ChatError, Conflict, Unavailable
from chat.history.doubts import Doubts
from chat.history.outcomes import Key, Outcomes, key_of
from chat.history.pending import Pending
from chat.history.resends import QUEUED_AT_MOST, Claim, Resends
from chat.messages.ids import MessageIds
from chat.messages.message import Draft, Message
from chat.storage.base import BATCH, History, InDoubt

log = logging.getLogger(__name__)

ANSWER_WITHIN = 4.5  # seconds until a sender is told that the outcome is unknown

# Seconds between the beginnings of two groups, unless the second is full already: a group costs
# much more than one message more in it. Nobody notices such a wait, and a lone message has none.
GATHER = 0.01

DRAIN_POLL = 0.01  # seconds


class Writer:
    """Stores messages one group after the other, in the order of their ids.

    Any number of threads may wait in `store`. Who comes after a pause writes at once, and is not
    handed to another thread first; those that come meanwhile, or right after, go together in the
    next group, which a thread of its own writes, and so on while there are any. So the first waits
    as long as the history lets it, the others until ANSWER_WITHIN is over.

    Where it stays unknown whether a group was stored, nothing else is until that is known. What
    is told has an id behind all that may still appear, so a client's cursor passes nothing by.

    Args:
        history: Where to.
        ids: Makes the ids, in the order in which messages are written.
        resends: Where an earlier attempt is looked for, if the history doesn't do so itself.
        monotonic: Seconds.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        history: History,
        ids: MessageIds,
        *,
        resends: Resends | None = None,
        monotonic: Callable[[], float] = steady,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._history = history
        self._ids = ids
        self._resends = resends or Resends(history)
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._queue: deque[Pending] = deque()
        self._pending: dict[Key, Pending] = {}
        self._outcomes = Outcomes()
        self._subscribers: list[Callable[[Message], object]] = []
        self._callers = 0  # threads in `store`
        self._is_in_doubt = False
        self._doubts = Doubts(history, self._settle, monotonic, sleep)
        self._is_writing = False
        self._gather_until = 0.0  # seconds, monotonic

    def subscribe(self, tell: Callable[[Message], object]) -> None:
        """Have that called once for each message as soon as it is stored.

        The calls come in the order of the ids, whether the sender still waits or not; subscribers
        are called one after the other, in the order in which they came.
        """
        self._subscribers.append(tell)

    def store(
        self, draft: Draft, first_attempt_ms_ago: int | None = None, late_s: float = 0
    ) -> Message:
        """Store a message once, however often it is sent.

        Args:
            draft: The message; its user and `client_id` say which it is.
            first_attempt_ms_ago: Set for a resend: milliseconds since it was first sent.
            late_s: Seconds that this attempt was on its way. What is LATE may have been sent again
                to another process meanwhile, and is looked for before it is written.

        Returns:
            What is in the history for it.

        Raises:
            chat.errors.Unavailable: It wasn't stored, or that is unknown; send it again.
            chat.errors.Conflict: That `client_id` stands for another message.
        """
        with self._lock:
            self._callers += 1
        try:
            message = self._store(draft, first_attempt_ms_ago, late_s)
        finally:
            with self._lock:
                self._callers -= 1
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
            self._settle(pending, Unavailable("the history can't be reached"))
        elif pending.is_the_only_attempt or self._history.append_is_idempotent:
            self._enqueue(pending)
        else:
            # It may take longer than the sender waits, who finds the outcome when coming again.
            threading.Thread(target=self._resend, args=(pending,), daemon=True).start()

    def _resend(self, pending: Pending) -> None:
        try:
            # A first attempt that is late has no earlier one, just later ones.
            was_refused = self._outcomes.was_refused(pending.draft)
            is_in_flight = not (pending.is_first_attempt or was_refused)
            earlier = self._resends.resolve(pending.draft, pending.age_s, is_in_flight=is_in_flight)
            if isinstance(earlier, Claim):
                self._write_with_claim(pending, earlier)
            else:
                self._ids.learn(earlier.room, earlier.id)
                self._settle(pending, earlier)
        except ChatError as error:
            self._settle(pending, error)
        except Exception:
            log.exception("A message that was sent again could not be stored")
            self._settle(pending, Unavailable("the history failed"))

    def _write_with_claim(self, pending: Pending, claim: Claim) -> None:
        pending.write_before = claim.use_before
        self._enqueue(pending)
        pending.wait_until_settled()
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
            threading.Thread(target=self._write_on, daemon=True).start()

    def _is_busy(self) -> bool:
        return self._monotonic() < self._gather_until

    def _write_on(self) -> None:
        is_more = True
        while is_more:
            if self._doubts:
                self._clear_up()
            if self._is_busy() and len(self._queue) < BATCH:
                self._sleep(max(0.0, self._gather_until - self._monotonic()))
            is_more = self._write_group()

    def _write_group(self) -> bool:
        """Write what waits; returns whether somebody has to go on."""
        with self._lock:
            group = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        if not self._history.append_keeps_order:
            group = [each for each in group if self._knows_room_of(each)]
        made = [(each, each.draft.with_id(self._ids.make(each.draft.room))) for each in group]
        now = self._monotonic()  # last of all: what is in time now is written at once
        self._gather_until = now + GATHER
        self._fail([each for each in group if each.write_before < now], "the history is slow")
        if in_time := [pair for pair in made if pair[0].write_before >= now]:
            self._write(in_time)
        with self._lock:
            self._is_writing = bool(self._queue or self._doubts)
            return self._is_writing

    def _knows_room_of(self, pending: Pending) -> bool:
        """Find out what is the newest in a room before the first message that is written there.

        The clock of an earlier process may have been ahead, and people have read what it wrote.
        """
        room = pending.draft.room
        if not self._ids.knows(room):
            try:
                newest = self._history.newest(room, 1).messages
            except ChatError as error:
                self._settle(pending, error)
                return False
            except Exception:
                log.exception("The history failed to find the newest message")
                self._settle(pending, Unavailable("the history failed"))
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
                self._settle(pending, outcome)

    def _clear_up(self) -> None:
        """Refuse everything until it is known what was stored."""
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
            waiting = list(self._queue)
            self._queue.clear()
        return waiting

    def _fail(self, group: list[Pending], why: str) -> None:
        for pending in group:
            self._settle(pending, Unavailable(why))

    def _settle(self, pending: Pending, outcome: Message | ChatError) -> None:
        is_first = pending.is_first_attempt
        with self._lock:
            del self._pending[key_of(pending.draft)]
            self._outcomes.add(pending.draft, outcome, is_first_attempt=is_first)
        pending.settle(outcome)
        if isinstance(outcome, Message):
            self._tell(outcome)

    def _tell(self, message: Message) -> None:
        for tell in self._subscribers:
            try:
                tell(message)
            except Exception:
                log.exception("A stored message could not be told of")

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits to be stored or answered; False if that takes longer."""
        for _ in range(round(seconds / DRAIN_POLL)):  # polled, so that no message pays for it
            if not (self._pending or self._callers):
                return True
            time.sleep(DRAIN_POLL)
        return not (self._pending or self._callers)
