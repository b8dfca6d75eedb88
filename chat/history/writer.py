"""Group commit: whatever waits to be stored is stored together."""

import logging
import random
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, NamedTuple

from chat.clocks import steady
from chat.errors import ChatError, Conflict, Unavailable
from chat.history.resends import QUEUED_AT_MOST, Claim, Resends
from chat.messages.ids import MessageIds, id_before
from chat.messages.message import Draft, Message
from chat.storage.base import BATCH, MAY_LAND_WITHIN, History, InDoubt

log = logging.getLogger(__name__)

ANSWER_WITHIN = 4.5  # seconds until a sender is told that the outcome is unknown

# Seconds that a first attempt may have been on its way and is still written without a look, in what
# is left of QUEUED_AT_MOST. To look takes five calls instead of one, and a server with too much to
# do makes messages late itself.
LATE = 3.0

# Seconds between the beginnings of two groups, unless the second is full already: a group costs
# much more than one message more in it. Nobody notices such a wait, and a lone message has none.
GATHER = 0.01

# Seconds between two looks for messages in doubt; the pause doubles from look to look.
FIRST_LOOK, LONGEST_PAUSE = 0.25, 4.0

# Messages whose outcome is remembered: a resend to the same process needs no read if it was stored,
# and no waiting if the first attempt was refused.
REMEMBERED = 5000

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
        on_stored: Called once for each message as soon as it is stored, in the order of the ids,
            whether its sender still waits or not.
        resends: Where an earlier attempt is looked for, if the history doesn't do so itself.
        monotonic: Seconds.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        history: History,
        ids: MessageIds,
        on_stored: Callable[[Message], object],
        *,
        resends: Resends | None = None,
        monotonic: Callable[[], float] = steady,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._history = history
        self._ids = ids
        self._on_stored = on_stored
        self._resends = resends or Resends(history)
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._queue: deque[_Pending] = deque()
        self._pending: dict[_Key, _Pending] = {}
        self._stored: OrderedDict[_Key, _Stored] = OrderedDict()
        self._refused: OrderedDict[_Key, None] = OrderedDict()  # first attempts
        self._callers = 0  # threads in `store`
        self._is_in_doubt = False
        self._doubts: deque[tuple[_Pending, Message]] = deque()
        self._is_writing = False
        self._gather_until = 0.0  # seconds, monotonic

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
        key = _key(draft)
        now = self._monotonic()
        with self._lock:
            if earlier := self._stored.get(key):
                return earlier.as_sent_again(draft)
            if pending := self._pending.get(key):
                is_new = False
            else:
                is_new = True
                pending = _Pending(draft, first_attempt_ms_ago, late_s, now + QUEUED_AT_MOST)
                self._pending[key] = pending
        if is_new:
            self._begin(pending)
        return pending.wait(now + ANSWER_WITHIN - self._monotonic())

    def _begin(self, pending: "_Pending") -> None:
        if self._is_in_doubt:
            self._settle(pending, Unavailable("the history can't be reached"))
        elif pending.is_the_only_attempt or self._history.append_is_idempotent:
            self._enqueue(pending)
        else:
            # It may take longer than the sender waits, who finds the outcome when coming again.
            threading.Thread(target=self._resend, args=(pending,), daemon=True).start()

    def _resend(self, pending: "_Pending") -> None:
        try:
            # A first attempt that is late has no earlier one, just later ones.
            is_in_flight = not (pending.is_first_attempt or _key(pending.draft) in self._refused)
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

    def _write_with_claim(self, pending: "_Pending", claim: Claim) -> None:
        pending.write_before = claim.use_before
        self._enqueue(pending)
        pending.wait_until_settled()
        try:
            self._resends.release(pending.draft, claim)
        except ChatError as error:
            log.warning("A claim stays until it runs out: %s", error)

    def _enqueue(self, pending: "_Pending") -> None:
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

    def _knows_room_of(self, pending: "_Pending") -> bool:
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

    def _write(self, group: list[tuple["_Pending", Message]]) -> None:
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
                self._doubts.append((pending, message))
            else:
                self._settle(pending, outcome)

    def _clear_up(self) -> None:
        """Look for messages until they are found, or can't come any more."""
        final = self._monotonic() + MAY_LAND_WITHIN
        log.warning("It is unknown whether %d messages were stored", len(self._doubts))
        self._set_in_doubt(True)
        self._fail(self._take_queue(), "the history can't be reached")
        pause = FIRST_LOOK
        while self._doubts:
            self._sleep(random.uniform(pause / 2, pause))  # noqa: S311
            pause = min(2 * pause, LONGEST_PAUSE)
            is_final = self._monotonic() > final
            try:
                while self._doubts and self._is_cleared_up(*self._doubts[0], is_final):
                    self._doubts.popleft()
            except ChatError:
                log.warning("The history can't be reached")
            except Exception:
                log.exception("The history failed to find a message")
        self._set_in_doubt(False)
        log.warning("It is known again which messages are stored")

    def _is_cleared_up(self, pending: "_Pending", message: Message, is_final: bool) -> bool:
        just_before = id_before(message.id, 0)
        stored = self._history.find(message.room, message.user_id, message.client_id, just_before)
        if stored or is_final:
            self._settle(pending, stored or Unavailable("the history did not store it"))
        return bool(stored or is_final)

    def _set_in_doubt(self, is_in_doubt: bool) -> None:
        with self._lock:
            self._is_in_doubt = is_in_doubt

    def _take_queue(self) -> list["_Pending"]:
        with self._lock:
            waiting = list(self._queue)
            self._queue.clear()
        return waiting

    def _fail(self, group: list["_Pending"], why: str) -> None:
        for pending in group:
            self._settle(pending, Unavailable(why))

    def _settle(self, pending: "_Pending", outcome: Message | ChatError) -> None:
        key = _key(pending.draft)
        with self._lock:
            del self._pending[key]
            if isinstance(outcome, Message):
                _remember(self._stored, key, _Stored.of(outcome))
            elif pending.is_first_attempt:
                _remember(self._refused, key, None)
        pending.settle(outcome)
        if isinstance(outcome, Message):
            self._tell(outcome)

    def _tell(self, message: Message) -> None:
        try:
            self._on_stored(message)
        except Exception:
            log.exception("A stored message could not be told of")

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits to be stored or answered; False if that takes longer."""
        for _ in range(round(seconds / DRAIN_POLL)):  # polled, so that no message pays for it
            if not (self._pending or self._callers):
                return True
            time.sleep(DRAIN_POLL)
        return not (self._pending or self._callers)


_Key = tuple[str, str]


def _key(draft: Draft) -> _Key:
    return draft.user_id, draft.client_id


def _remember(memory: OrderedDict[_Key, Any], key: _Key, value: Any) -> None:
    memory[key] = value
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)


class _Stored(NamedTuple):
    """A message without its text, which may be long."""

    id: str
    room: str
    user_name: str
    digest: bytes

    @classmethod
    def of(cls, message: Message) -> "_Stored":
        return cls(message.id, message.room, message.user_name, _digest(message.text))

    def as_sent_again(self, draft: Draft) -> Message:
        """The message, if the draft is the same."""
        if (self.room, self.digest) != (draft.room, _digest(draft.text)):
            raise Conflict("this client_id was used for another message")
        return draft._replace(user_name=self.user_name).with_id(self.id)


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


class _Pending:
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
        self._outcome = outcome
        self._unsettled.release()

    def wait_until_settled(self, seconds: float = -1) -> bool:
        is_settled = self._unsettled.acquire(timeout=seconds)
        if is_settled:
            self._unsettled.release()  # for others who wait
        return is_settled

    def wait(self, seconds: float) -> Message:
        if not self.wait_until_settled(max(0.0, seconds)):
            raise Unavailable("the history is slow: the outcome is unknown")
        if isinstance(self._outcome, ChatError):
            raise self._outcome
        return self._outcome
