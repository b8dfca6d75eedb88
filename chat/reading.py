"""Reading the messages of a room: the newest page, what came before, what has been missed."""

from chat.history import History, Page
from chat.history.base import APPEND_WITHIN, MAY_LAND_WITHIN
from chat.history.shared_reads import SharedReads
from chat.message_ids import MessageIds, id_before
from chat.messages import Message, newest_that_fit

CLOCK_SKEW = 3.0  # seconds by which the clocks of two servers may differ here

# Processes may commit out of the order of their ids, so what a client has missed may sort a little
# before the newest that it has (seconds).
OVERLAP = APPEND_WITHIN + MAY_LAND_WITHIN + CLOCK_SKEW

RECOVER_AT_MOST = 500  # messages; whoever missed more gets the newest page instead
AT_A_TIME = 250  # messages, so that what is too much in the end isn't in memory before
COUNT_UP_TO = 100  # unread messages of a room


class Reader:
    """Reads pages that fit into an answer.

    Args:
        history: Where messages are read.
        ids: It learns here of the ids that are in use.
        page_size: Messages in a page when a client doesn't say.
    """

    def __init__(self, history: History, ids: MessageIds, page_size: int) -> None:
        self._history = history
        self._newest = SharedReads(history.newest)
        self._ids = ids
        self._page_size = page_size

    def catch_up(self, room_id: str, cursor: str | None, limit: int | None) -> tuple[Page, bool]:
        """What a client needs when it enters a room.

        Args:
            room_id: The room.
            cursor: The newest message up to which the client has everything, if it has any.
            limit: Most messages of the newest page.

        Returns:
            All that came since the cursor, and True; or the newest page, and False: there was no
            cursor, or it can't be proven that this would be all.
        """
        missed = self._since(room_id, cursor) if cursor else None
        page = missed or _fit(self._newest.ask(room_id, limit or self._page_size))
        if page.messages:
            self._ids.stay_after(page.messages[-1].id)
        return page, missed is not None

    def _since(self, room_id: str, cursor: str) -> Page | None:
        messages: list[Message] = []
        page = self._history.since(room_id, id_before(cursor, OVERLAP), AT_A_TIME)
        while True:
            messages += page.messages
            missed = sum(message.id > cursor for message in messages)
            if missed > RECOVER_AT_MOST or len(newest_that_fit(messages)) < len(messages):
                return None
            if not page.more:
                break
            page = self._history.since(room_id, messages[-1].id, AT_A_TIME)
        is_of_this_room = any(message.id == cursor for message in messages)
        return Page(messages, more=False) if is_of_this_room else None

    def before(self, room_id: str, message_id: str, limit: int | None) -> Page:
        """The page before a message."""
        return _fit(self._history.before(room_id, message_id, limit or self._page_size))

    def unread(self, room_id: str, message_id: str) -> int:
        """How many messages came after the newest that was read; counts to COUNT_UP_TO."""
        return self._history.count_after(room_id, message_id, COUNT_UP_TO)


def _fit(page: Page) -> Page:
    """The page, or as much of its end as fits into an answer."""
    messages = newest_that_fit(page.messages)
    return Page(messages, page.more or len(messages) < len(page.messages))
