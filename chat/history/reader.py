"""Reads the messages of a room: the newest page, older pages, messages that a client missed."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from chat.clocks import NeverAhead
from chat.history.shared_reads import SharedReads
from chat.messages.ids import FARTHEST_AHEAD, FIRST_ID, MessageIds, id_at, id_before
from chat.messages.message import Message, newest_that_fit
from chat.storage import History, Page
from chat.storage.base import CLOCK_SKEW, SETTLED_AFTER, Span

# Seconds before its cursor from which a client of the first edition gets all messages again. It
# moves its cursor with each live message, so an earlier message may have been lost.
FIRST_EDITION_OVERLAP = 60.0

RECOVER_AT_MOST = 500  # messages; a client that missed more gets the newest page instead
AT_A_TIME = 250  # messages in one read: bounds the memory for clients that missed too many
COUNT_UP_TO = 100  # unread messages of a room


class CaughtUp(NamedTuple):
    """What a client gets that enters a room.

    With `recovered` the page has all messages since the cursor; otherwise it is the newest page.
    `up_to` has the form of an id: from the page on, the client lacks no message up to it.
    """

    page: Page
    recovered: bool
    up_to: str


class Reader:
    """Reads pages that fit into an answer.

    Args:
        history: Where messages are read.
        ids: Gets the ids that were read, so that new ids sort after them.
        page_size: Messages in a page when a client doesn't say.
        clock: Seconds since the epoch. If it is late, more messages than needed are read again. It
            must not be ahead of the clocks of the servers that write.
    """

    def __init__(
        self,
        history: History,
        ids: MessageIds,
        page_size: int,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._history = history
        self._newest = SharedReads(history.newest)
        self._ids = ids
        self._page_size = page_size
        self._clock = clock or NeverAhead()

    def catch_up(
        self, room_id: str, cursor: str | None, up_to: str | None, limit: int | None
    ) -> CaughtUp:
        """What a client needs when it enters a room.

        Args:
            room_id: The room.
            cursor: The id of a message up to which the client has all; None if it has none.
            up_to: The last `up_to` that the server sent to the client; None if the client is new,
                or of the first edition, which ignores `up_to`.
            limit: Most messages of the newest page.
        """
        settled = self.settled()  # before anything is read
        missed = self._missed(room_id, cursor, up_to)
        page = missed or _fit(self._newest.ask(room_id, limit or self._page_size))
        newest = page.messages[-1].id if page.messages else None
        self._ids.stay_after(room_id, newest)
        if newest and newest >= self.farthest():
            newest = self.newest_id(room_id)
        return CaughtUp(page, missed is not None, settled or newest or FIRST_ID)

    def newest(self, room_id: str, limit: int) -> Page:
        """The newest messages, for a page whose connection is not open yet."""
        return _fit(self._newest.ask(room_id, limit))

    def settled(self) -> str | None:
        """The id up to which all is settled: a read that begins now sees every message before it.

        None where the history keeps the order: there a read sees every message that will ever sort
        before the newest one.
        """
        if self._history.append_keeps_order:
            return None
        now = self._history.now()
        return id_at((self._clock() if now is None else now) - SETTLED_AFTER)

    @property
    def settles_after(self) -> float:
        """Seconds that a message may be stored later than one that sorts after it."""
        return 0 if self._history.append_keeps_order else SETTLED_AFTER

    def _missed(self, room_id: str, cursor: str | None, up_to: str | None) -> Page | None:
        if cursor is None or cursor >= self.farthest():
            return None
        if up_to:
            start = id_before(cursor, 0)
        elif cursor > id_at(self._clock() + CLOCK_SKEW):
            return None  # of a server whose clock is ahead: others still write smaller ids
        else:
            start = id_before(cursor, FIRST_EDITION_OVERLAP)
        missed = self._since(room_id, cursor, start)
        is_of_this_room = missed and any(message.id == cursor for message in missed.messages)
        return missed if is_of_this_room else None

    def _since(self, room_id: str, cursor: str, start: str) -> Page | None:
        messages: list[Message] = []
        for page in self._pages(room_id, start):
            messages += page.messages
            missed = sum(message.id > cursor for message in messages)
            if missed > RECOVER_AT_MOST or len(newest_that_fit(messages)) < len(messages):
                return None
        return Page(messages, more=False)

    def _pages(self, room_id: str, start: str) -> Iterator[Page]:
        while True:
            page = self._history.since(room_id, start, AT_A_TIME)
            yield page
            if not page.more:
                return
            start = page.messages[-1].id

    def newest_id(self, room_id: str) -> str:
        """The id of the newest message, without ids too far ahead of the clock; or FIRST_ID."""
        return self.newest_ids([room_id])[0]

    def newest_ids(self, room_ids: Sequence[str]) -> list[str]:
        """The same of several rooms, in their order."""
        ids = self._history.newest_ids(room_ids, self.farthest())
        return [id_ or FIRST_ID for id_ in ids]

    def farthest(self) -> str:
        """Ids from here on are of a clock that was more than a year ahead; new ids sort before."""
        return id_at(self._clock() + FARTHEST_AHEAD)

    def between(self, room_id: str, after: str, until: str) -> Iterator[Message]:
        """The messages whose ids sort after `after`, and not after `until`; oldest first."""
        for page in self._pages(room_id, after):
            for message in page.messages:
                if message.id > until:
                    return
                self._ids.learn(room_id, message.id)
                yield message

    def counts_between(self, spans: Sequence[Span]) -> list[int]:
        """How many messages `between` would give for each span; costs less than reading them."""
        return self._history.counts_between(spans) if spans else []

    def before(self, room_id: str, message_id: str, limit: int | None) -> Page:
        """The page before a message."""
        return _fit(self._history.before(room_id, message_id, limit or self._page_size))

    def unread(self, room_id: str, message_id: str, person_id: str) -> int:
        """How many messages of others came after the newest that a person has read.

        Counts to COUNT_UP_TO.
        """
        return self._history.count_after(room_id, message_id, COUNT_UP_TO, person_id)


def _fit(page: Page) -> Page:
    """The page, or as many of its newest messages as fit into an answer."""
    messages = newest_that_fit(page.messages)
    return Page(messages, page.more or len(messages) < len(page.messages))
