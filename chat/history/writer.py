"""Group commit: whatever waits to be stored is stored together."""

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from chat.errors import ChatError, Conflict, Unavailable
from chat.history.base import BATCH, History
from chat.messages import Draft, Message, MessageIds, id_at

log = logging.getLogger(__name__)

ANSWER_WITHIN = 4.5  # seconds until a sender is told that the outcome is unknown

# Seconds after which a write that another process began is done or has failed: DynamoDB's
# RETRY_FOR and one more call with its timeouts.
IN_FLIGHT_FOR = 11.0

# Seconds that a resend waits for such a write; where that is too short it has to come again.
WAIT_AT_MOST = 4.0

CLOCK_SKEW = 30.0  # seconds by which the clocks of two servers may differ

REMEMBERED = 1000  # messages; answers a resend to the same process without a read


class Writer:
    """Stores messages one group after the other, in the order of their ids.

    Any number of threads may wait in `store`; one thread, begun by the first message, writes.
    A lone message is written at once; those that come during a write go together in the next.

    Args:
        history: Where to.
        ids: Makes the ids, in the order in which messages are written.
        on_stored: Called once for each message as soon as it is stored, in the order of the ids,
            whether its sender still waits or not.
        clock: Seconds since the epoch.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        history: History,
        ids: MessageIds,
        on_stored: Callable[[Message], None],
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._history = history
        self._ids = ids
        self._on_stored = on_stored
        self._clock = clock
        self._sleep = sleep
        self._changed = threading.Condition()
        self._queue: deque[_Pending] = deque()
        self._pending: dict[_Key, _Pending] = {}
        self._stored: OrderedDict[_Key, Message] = OrderedDict()
        self._thread: threading.Thread | None = None

    def store(self, draft: Draft, first_attempt_ms_ago: int | None = None) -> Message:
        """Store a message once, however often it is sent.

        Args:
            draft: The message; its user and `client_id` say which it is.
            first_attempt_ms_ago: Set for a resend: milliseconds since it was first sent.

        Returns:
            What is in the history for it.

        Raises:
            chat.errors.Unavailable: It wasn't stored, or that is unknown; send it again.
            chat.errors.Conflict: That `client_id` stands for another message.
        """
        key = _key(draft)
        with self._changed:
            if earlier := self._stored.get(key):
                return _same(earlier, draft)
            pending = self._pending.get(key)
            is_first = pending is None
            if pending is None:
                pending = self._pending[key] = _Pending(draft)
        if is_first:
            self._begin(pending, first_attempt_ms_ago)
        return _same(pending.wait(ANSWER_WITHIN), draft)

    def _begin(self, pending: "_Pending", first_attempt_ms_ago: int | None) -> None:
        if first_attempt_ms_ago is not None and not self._history.append_is_idempotent:
            try:
                earlier = self._find(pending.draft, first_attempt_ms_ago / 1000)
            except ChatError as error:
                self._settle(pending, error)
                return
            if earlier:
                self._settle(pending, earlier)
                return
        with self._changed:
            self._queue.append(pending)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_on, daemon=True)
                self._thread.start()

    def _find(self, draft: Draft, age_s: float) -> Message | None:
        """Look for an earlier attempt, and wait out one that may be under way elsewhere."""
        since = id_at(self._clock() - age_s - CLOCK_SKEW)
        found = self._history.find(draft.room, draft.user_id, draft.client_id, since)
        left = IN_FLIGHT_FOR - age_s
        if found or left <= 0:
            return found
        if left > WAIT_AT_MOST:
            raise Unavailable("an earlier attempt may be under way", retry_after=left)
        self._sleep(left)
        return self._history.find(draft.room, draft.user_id, draft.client_id, since)

    def _write_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue)
                group = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            self._write(group)

    def _write(self, group: list["_Pending"]) -> None:
        messages = [pending.draft.with_id(self._ids.make()) for pending in group]
        outcomes: list[Message | ChatError]
        try:
            outcomes = self._history.append(messages)
        except ChatError as error:
            outcomes = [error] * len(group)
        except Exception:
            log.exception("The history failed to store %d messages", len(group))
            outcomes = [Unavailable("the history failed", retry_after=1)] * len(group)
        for pending, outcome in zip(group, outcomes, strict=True):
            self._settle(pending, outcome)

    def _settle(self, pending: "_Pending", outcome: Message | ChatError) -> None:
        key = _key(pending.draft)
        with self._changed:
            del self._pending[key]
            if isinstance(outcome, Message):
                self._stored[key] = outcome
                if len(self._stored) > REMEMBERED:
                    self._stored.popitem(last=False)
            self._changed.notify_all()
        pending.settle(outcome)
        if isinstance(outcome, Message):
            self._tell(outcome)

    def _tell(self, message: Message) -> None:
        try:
            self._on_stored(message)
        except Exception:
            log.exception("A stored message could not be told of")

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits to be stored; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._pending, seconds)


_Key = tuple[str, str]


def _key(draft: Draft) -> _Key:
    return draft.user_id, draft.client_id


def _same(message: Message, draft: Draft) -> Message:
    if (message.room, message.text) != (draft.room, draft.text):
        raise Conflict("this client_id was used for another message")
    return message


class _Pending:
    """A message on its way into the history, and those who wait for the outcome."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._settled = threading.Event()
        self._outcome: Message | ChatError

    def settle(self, outcome: Message | ChatError) -> None:
        self._outcome = outcome
        self._settled.set()

    def wait(self, seconds: float) -> Message:
        if not self._settled.wait(seconds):
            raise Unavailable("the history is slow: the outcome is unknown", retry_after=1)
        if isinstance(self._outcome, ChatError):
            raise self._outcome
        return self._outcome
