"""Finds messages that this server has not broadcast, so that people in a room miss none.

A server broadcasts the messages that it stores itself. Another server may write into the same
table, and DynamoDB may carry out a write that this server has given up. So each room with people in
it is read again until its messages are settled, and missing messages are broadcast then. `up_to` is
the progress: everybody in the room was sent every message up to it, or got it in the answer to the
join. The next event has the new `up_to`. In silence a `mark` has it, with the number of events, so
that a client that missed the last event notices.
"""

import bisect
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chat.errors import ChatError
from chat.history.reader import Reader
from chat.history.shared_reads import SharedReads
from chat.messages.ids import FIRST_ID, LAST_ID, id_at
from chat.messages.message import Message
from chat.realtime.agenda import Agenda
from chat.realtime.broadcasts import Broadcasts
from chat.storage.base import SETTLED_AFTER

log = logging.getLogger(__name__)

# Seconds from the last counted event of a room until a mark. A mark may get lost, too, so more
# follow as long as somebody is in the room: the time since the event triples from mark to mark,
# then there is a mark every RAREST_MARK.
MARK_AFTER, RAREST_MARK = 3.0, 240.0

TICK = 0.5  # seconds between two looks at the schedules of reads and marks

# Seconds from a message or a join until the room is read again. By then all messages with earlier
# ids are settled. The read finds those of them that another server has stored.
READ_AFTER = SETTLED_AFTER + TICK

# The same after a message, where the history keeps the order (`append_keeps_order`). There only a
# process that is ending can store messages that this one doesn't know. Its clients soon join here,
# and after a join the room is read sooner.
READ_IN_ORDER_AFTER = 3 * READ_AFTER

# Seconds for which rooms are read repeatedly because another server may write into them: after the
# start, when the previous process may be ending, and after a message of another server was found.
SHARED_FOR = 120.0

# Seconds. In a room without people, a message that is older than this is not announced.
NEWS_FOR = 60.0

READERS = 4  # reads at the same time
READ_TOGETHER = 20  # most rooms in one read
AT_ONCE = 5  # messages or marks that are sent before other tasks get their turn


@dataclass(slots=True)
class _Feed:
    """What was broadcast in a room. Times are monotonic seconds."""

    up_to: str | None  # None after a failed first read, until a message was broadcast
    touched_at: float  # the last broadcast of a message, or the last join
    sent_at: float  # the last counted event; before there is one, the first join
    sent_ids: list[str]  # ids of broadcast messages that sort after `up_to`, in order
    next_mark: float = MARK_AFTER  # seconds from `sent_at`
    marked: tuple[int, bool] = (0, False)  # `_state` at the last mark

    def settle(self, up_to: str) -> None:
        self.up_to = max(up_to, self.up_to or "")
        del self.sent_ids[: bisect.bisect_right(self.sent_ids, self.up_to)]


class _Span(NamedTuple):
    """A range of ids to count, and the number of messages in it that were broadcast."""

    after: str  # exclusive; both bounds have the form of ids
    until: str  # inclusive
    sent_count: int


class Continuity:
    """Finds stored messages that were not broadcast, and moves `up_to`.

    Args:
        reader: Reads rooms.
        broadcasts: Sends marks and `up_to`.
        send: Broadcasts a message unless it was broadcast before; returns whether it was sent.
        is_empty: Whether nobody is in a room.
        start_task: Runs a function in the background.
        sleep: Waits for seconds.
        clock: Seconds, monotonic.
        wall_clock: Seconds since the epoch.
    """

    def __init__(
        self,
        reader: Reader,
        broadcasts: Broadcasts,
        send: Callable[[Message], bool],
        is_empty: Callable[[str], bool],
        start_task: Callable[[Callable[[], None]], object],
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._reader = reader
        self._broadcasts = broadcasts
        self._send = send
        self._is_empty = is_empty
        self._start_task = start_task
        self._sleep = sleep
        self._clock = clock
        self._wall_clock = wall_clock
        self._feeds: dict[str, _Feed] = {}
        self._first_reads = SharedReads(self._read_first)
        self._marks: Agenda[str] = Agenda()
        self._reads: Agenda[str] = Agenda()
        self._to_read: deque[list[str]] = deque()  # each entry: the rooms of one read
        self._readers = 0
        self._is_watching = False
        self._starting_until = clock() + SHARED_FOR
        self._shared_until = float("-inf")  # SHARED_FOR after a message of another server was found

    # Called on the events of a room

    def enter(self, room_id: str) -> int:
        """Prepare for somebody who enters the room; returns the number of the next event."""
        if self._feed_in_use(room_id) is None:
            feed = self._new_feed(room_id)
            if self._feed_in_use(room_id) is None:  # otherwise another join was faster
                self._feeds[room_id] = feed
        self._touch(room_id, READ_AFTER)
        return self._broadcasts.follows(room_id)

    def _new_feed(self, room_id: str) -> _Feed:
        """A feed in which all stored messages count as broadcast: people who enter read them."""
        try:
            return self._first_reads.ask(room_id)
        except ChatError:  # recent messages are broadcast later, perhaps a second time
            return self._feed(self._reader.settled())

    def _read_first(self, room_id: str) -> _Feed:
        settled = self._reader.settled()
        if settled is None:
            return self._feed(self._reader.newest_id(room_id))
        found = self._reader.between(room_id, settled, LAST_ID)
        return self._feed(settled, [message.id for message in found])

    def _feed(self, up_to: str | None, sent_ids: Sequence[str] = ()) -> _Feed:
        now = self._clock()
        return _Feed(up_to, now, now, list(sent_ids))

    def is_news(self, message: Message) -> bool:
        """Whether to broadcast a stored message; from now on it counts as broadcast."""
        feed = self._feeds.get(message.room)
        if feed is None:
            return message.id >= id_at(self._wall_clock() - NEWS_FOR)
        place = bisect.bisect_left(feed.sent_ids, message.id)
        if message.id <= (feed.up_to or "") or feed.sent_ids[place : place + 1] == [message.id]:
            return False
        feed.sent_ids.insert(place, message.id)
        is_in_order = not self._reader.settles_after
        self._touch(message.room, READ_IN_ORDER_AFTER if is_in_order else READ_AFTER)
        return True

    def sent(self, room_id: str) -> None:
        """A counted event was sent to the room."""
        if feed := self._feeds.get(room_id):
            feed.sent_at, feed.next_mark = self._clock(), MARK_AFTER
            self._marks.add(room_id, feed.sent_at + MARK_AFTER)
            self._watch()

    def _touch(self, room_id: str, read_after: float) -> None:
        if feed := self._feeds.get(room_id):
            feed.touched_at = self._clock()
            self._read_later(room_id, read_after)

    # Planned reads and marks

    def _read_later(self, room_id: str, after: float = READ_AFTER) -> None:
        self._reads.add(room_id, self._clock() + after)
        self._watch()

    def _watch(self) -> None:
        if not self._is_watching:
            self._is_watching = True
            self._start_task(self._keep_watch)

    def _keep_watch(self) -> None:
        try:
            while self._marks or self._reads:
                self._sleep(TICK)
                self._start_readers()
                for number, room_id in enumerate(self._marks.due(self._clock()), 1):
                    self._mark_in_silence(room_id)
                    if not number % AT_ONCE:
                        self._sleep(0)
        finally:
            self._is_watching = False
        if self._marks or self._reads:  # planned by another thread after the loop had ended
            self._watch()

    def _start_readers(self) -> None:
        due = self._reads.due(self._clock())
        share = min(READ_TOGETHER, -(-len(due) // READERS)) or 1
        self._to_read += [due[start : start + share] for start in range(0, len(due), share)]
        for _ in range(min(READERS - self._readers, len(self._to_read))):
            self._readers += 1
            self._start_task(self._read_due)

    def _mark_in_silence(self, room_id: str) -> None:
        feed = self._feed_in_use(room_id)
        if feed is None:
            return
        if self._clock() >= feed.sent_at + feed.next_mark:
            self._mark(room_id, feed)
            feed.next_mark = min(3 * feed.next_mark, feed.next_mark + RAREST_MARK)
        self._marks.add(room_id, feed.sent_at + feed.next_mark)

    def _feed_in_use(self, room_id: str) -> _Feed | None:
        """The feed of a room; it is dropped when the room is empty."""
        if self._is_empty(room_id):
            self._feeds.pop(room_id, None)
        return self._feeds.get(room_id)

    def _mark(self, room_id: str, feed: _Feed) -> None:
        feed.marked = self._state(room_id, feed)
        self._broadcasts.mark(room_id, feed.up_to or FIRST_ID)

    def _state(self, room_id: str, feed: _Feed) -> tuple[int, bool]:
        """The number of counted events, and whether all broadcast messages are settled."""
        return self._broadcasts.follows(room_id), not feed.sent_ids

    def _read_due(self) -> None:
        try:
            while self._to_read:
                self._read(self._to_read.popleft())
        finally:
            self._readers -= 1

    def _read(self, room_ids: list[str]) -> None:
        feeds = {id_: feed for id_ in room_ids if (feed := self._feed_in_use(id_))}
        began_at = self._clock()
        try:
            self._catch_up(feeds)
        except Exception as error:
            if not isinstance(error, ChatError):  # the cause of a ChatError is in the log
                log.exception("Rooms could not be read again")
            self._retry(list(feeds))
            return
        for number, (id_, feed) in enumerate(feeds.items(), 1):
            self._after_read(id_, feed, began_at)
            if not number % AT_ONCE:
                self._sleep(0)

    def _retry(self, room_ids: list[str]) -> None:
        """Read each room alone, so that one room that fails doesn't block the others."""
        if len(room_ids) == 1:
            self._read_later(room_ids[0])
        else:
            for id_ in room_ids:
                self._read([id_])

    def _catch_up(self, feeds: dict[str, _Feed]) -> None:
        """Broadcast the missing messages, and move `up_to`."""
        settled = self._reader.settled()  # before the read begins
        spans = {id_: span for id_, feed in feeds.items() if (span := self._span(feed, settled))}
        asked = [(id_, span.after, span.until) for id_, span in spans.items()]
        counts = self._reader.counts_between(asked)
        for (id_, span), count in zip(spans.items(), counts, strict=True):
            if count != span.sent_count:
                self._send_missing(id_, span.after, span.until)
            feeds[id_].settle(settled or span.until)

    def _span(self, feed: _Feed, settled: str | None) -> _Span | None:
        """The range of ids to compare with the history; None if there is nothing to compare."""
        until = max(settled or "", feed.sent_ids[-1] if feed.sent_ids else "")
        if settled and self._clock() < self._shared_until:
            until = LAST_ID  # includes messages of a server whose clock is ahead
        if until <= (feed.up_to or ""):
            return None
        if feed.up_to is None:  # all messages since the first join count as broadcast
            feed.settle(until)
            return None
        return _Span(feed.up_to, until, bisect.bisect_right(feed.sent_ids, until))

    def _send_missing(self, room_id: str, after: str, until: str) -> None:
        for number, message in enumerate(self._reader.between(room_id, after, until), 1):
            if self._send(message):
                self._shared_until = self._clock() + SHARED_FOR
            if not number % AT_ONCE:
                self._sleep(0)

    def _after_read(self, room_id: str, feed: _Feed, began_at: float) -> None:
        is_settled = began_at - feed.touched_at > self._reader.settles_after
        if not is_settled or self._is_shared(began_at):
            self._read_later(room_id)
        if feed.marked == self._state(room_id, feed):
            return
        if self._clock() >= feed.sent_at + MARK_AFTER:
            self._mark(room_id, feed)
        elif feed.up_to:  # an event or a mark follows soon, and has it
            self._broadcasts.set_up_to(room_id, feed.up_to)

    def _is_shared(self, now: float) -> bool:
        is_new = now < self._starting_until
        return bool(self._reader.settles_after) and (is_new or now < self._shared_until)
