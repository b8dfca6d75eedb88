"""Messages in doubt: it is unknown whether they were stored."""

import logging
import random
from collections import deque
from collections.abc import Callable

from chat.errors import ChatError, Unavailable
from chat.history.pending import Pending
from chat.messages.ids import id_before
from chat.messages.message import Message
from chat.storage.base import MAY_LAND_WITHIN, History

log = logging.getLogger(__name__)

# Seconds between two searches for messages in doubt; the pause doubles from search to search.
FIRST_LOOK, LONGEST_PAUSE = 0.25, 4.0


class Doubts:
    """Searches for messages in doubt until they are found, or can't be stored any more.

    Args:
        history: Where to search.
        set_outcome: Called with a message and its outcome.
        monotonic: Seconds.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        history: History,
        set_outcome: Callable[[Pending, Message | ChatError], None],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._history = history
        self._set_outcome = set_outcome
        self._monotonic = monotonic
        self._sleep = sleep
        self._messages: deque[tuple[Pending, Message]] = deque()

    def add(self, pending: Pending, message: Message) -> None:
        """Add a message whose `append` had an unknown outcome."""
        self._messages.append((pending, message))

    def __len__(self) -> int:
        return len(self._messages)

    def clear_up(self) -> None:
        """Find the outcome of all of them; takes MAY_LAND_WITHIN, longer in an outage."""
        final = self._monotonic() + MAY_LAND_WITHIN
        pause = FIRST_LOOK
        while self._messages:
            self._sleep(random.uniform(pause / 2, pause))  # noqa: S311
            pause = min(2 * pause, LONGEST_PAUSE)
            is_final = self._monotonic() > final
            try:
                while self._messages and self._is_decided(*self._messages[0], is_final):
                    self._messages.popleft()
            except ChatError:
                log.warning("The history can't be reached")
            except Exception:
                log.exception("The history failed to find a message")

    def _is_decided(self, pending: Pending, message: Message, is_final: bool) -> bool:
        just_before = id_before(message.id, 0)
        stored = self._history.find(message.room, message.user_id, message.client_id, just_before)
        if stored or is_final:
            self._set_outcome(pending, stored or Unavailable("the history did not store it"))
        return bool(stored or is_final)
