"""Finds messages that this server has not broadcast, so that people in a room miss none.

A server broadcasts the messages that it stores itself. Another server may write into the same
table, and DynamoDB may carry out a write that this server has given up. So each room with people in
it is read again until its messages are settled, and missing messages are broadcast then. Whoever
learns that a message of another server may have been lost on its way here says so (`suspect`).

`up_to` is the progress: everybody in the room was sent every message up to it, or got it in the
answer to the join. The next event has the new `up_to`. In silence a `mark` has it, with the number
of events, so that a client that missed the last event notices.
"""

import logging
import time
from collections.abc import Callable

from chat.errors import ChatError
from chat.history.reader import Reader
from chat.messages.ids import FIRST_ID, id_at
from chat.messages.message import Message
from chat.realtime.agenda import Agenda
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.feed import MARK_AFTER, NEVER, Feed, Span
from chat.realtime.new_feeds import NewFeeds
from chat.realtime.openings import STAYS_OPEN, Listener, Openings
from chat.realtime.planned_reads import PlannedReads
from chat.storage.base import SETTLED_AFTER

log = logging.getLogger(__name__)

# Seconds. A mark may get lost, too, so more follow as long as somebody is in the room: the time
# since the last event triples from mark to mark, then there is a mark every RAREST_MARK.
RAREST_MARK = 240.0

TICK = 0.5  # seconds between two looks at the schedules of reads and marks

# Seconds from a message or a join until the room is read again. By then all messages with earlier
# ids are settled. The read finds those of them that another server has stored.
READ_AFTER = SETTLED_AFTER + TICK

# The same after a message, where the history keeps the order (`append_keeps_order`). There only a
# process that is ending stores messages without telling this one. Its clients soon join here, and
# after a join the room is read sooner.
READ_IN_ORDER_AFTER = 3 * READ_AFTER

# Seconds for which rooms are read repeatedly because another server may write into them: after the
# start, when the previous process may be ending, and after a message of another server was found.
SHARED_FOR = 120.0

# Seconds. In a room without people, a message that is older than this is not announced.
NEWS_FOR = 60.0

# Seconds in which all rooms are read after a suspicion of all, those that were active last first;
# and seconds until a suspected room that could not be read is read again.
SPREAD, RETRY_AFTER = 1.5, 2.0

AT_ONCE = 5  # messages or marks that are sent before other tasks get their turn


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
        self._feeds: dict[str, Feed] = {}
        self._openings = Openings(clock)
        self._new_feeds = NewFeeds(reader, clock)
        self._marks: Agenda[str] = Agenda()
        self._reads = PlannedReads(self._read, start_task)
        self._is_watching = False
        self._starting_until = clock() + SHARED_FOR
        self._shared_until = float("-inf")  # SHARED_FOR after a message of another server was found
        self.found_by_reading = 0  # messages that nobody had told of

    def when_opened(self, listener: Listener) -> None:
        """Register a function that is called with a room that had nobody, before it is read.

        It may block for some milliseconds. `Openings` has the order of the calls.
        """
        self._openings.when_opened(listener)

    def when_closed(self, listener: Listener) -> None:
        """Register a function that is called some seconds after the last person left a room."""
        self._openings.when_closed(listener)

    # Called on the events of a room

    def enter(self, room_id: str) -> int:
        """Prepare for somebody who enters the room; returns the number of the next event."""
        with self._openings.entering(room_id):
            if self._feed_in_use(room_id) is None:
                feed = self._new_feeds.make(room_id)
                if self._feed_in_use(room_id) is None:  # otherwise another join was faster
                    self._feeds[room_id] = feed
        self._touch(room_id, READ_AFTER)
        return self._broadcasts.follows(room_id)

    def is_news(self, message: Message) -> bool:
        """Whether to broadcast a stored message; from now on it counts as broadcast."""
        self._new_feeds.sent(message.room, message.id)
        feed = self._feeds.get(message.room)
        if feed is None:
            return message.id >= id_at(self._wall_clock() - NEWS_FOR)
        if not feed.add(message.id):
            return False
        is_in_order = not self._reader.settles_after
        self._touch(message.room, READ_IN_ORDER_AFTER if is_in_order else READ_AFTER)
        return True

    def was_sent(self, room_id: str, id_: str) -> bool:
        """Whether the message of that id was broadcast; True for a room without people."""
        feed = self._feeds.get(room_id)
        return feed is None or feed.has(id_)

    def sent(self, room_id: str) -> None:
        """A counted event was sent to the room."""
        if feed := self._feeds.get(room_id):
            feed.sent_at, feed.next_mark = self._clock(), MARK_AFTER
            self._marks.add(room_id, feed.sent_at + MARK_AFTER)
            self._watch()

    def left(self, room_id: str) -> None:
        """Somebody may have left the room: if it is empty, it is forgotten."""
        self._feed_in_use(room_id)

    def suspect(self, room_id: str) -> None:
        """Something stored may not have been broadcast here: read the room at once, to its end."""
        self._suspect(room_id, 0)

    def suspect_all(self) -> None:
        """The same of all rooms, one after the other, those that were active last first."""
        feeds = list(self._feeds.items())
        feeds.sort(key=lambda each: each[1].sent_at, reverse=True)
        for number, (room_id, _) in enumerate(feeds):
            self._suspect(room_id, SPREAD * number / len(feeds))

    def _suspect(self, room_id: str, after: float) -> None:
        if feed := self._feed_in_use(room_id):
            feed.suspected_at = self._clock()
            self._touch(room_id, after)  # it may not be stored yet

    def _touch(self, room_id: str, read_after: float) -> None:
        if feed := self._feeds.get(room_id):
            feed.touched_at = self._clock()
            self._read_later(room_id, read_after)

    # Planned reads and marks

    def _read_later(self, room_id: str, after: float = READ_AFTER) -> None:
        self._reads.plan(room_id, self._clock() + after)
        self._watch()

    def _watch(self) -> None:
        if not self._is_watching:
            self._is_watching = True
            self._start_task(self._keep_watch)

    def _keep_watch(self) -> None:
        try:
            while self._marks or self._reads:
                self._sleep(TICK)
                self._reads.start(self._clock())
                for number, room_id in enumerate(self._marks.due(self._clock()), 1):
                    self._mark_in_silence(room_id)
                    if not number % AT_ONCE:
                        self._sleep(0)
        finally:
            self._is_watching = False
        if self._marks or self._reads:  # planned by another thread after the loop had ended
            self._watch()

    def _mark_in_silence(self, room_id: str) -> None:
        feed = self._feed_in_use(room_id)
        if feed is None:
            return
        if self._clock() >= feed.sent_at + feed.next_mark:
            self._mark(room_id, feed)
            feed.next_mark = min(3 * feed.next_mark, feed.next_mark + RAREST_MARK)
        self._marks.add(room_id, feed.sent_at + feed.next_mark)

    def _feed_in_use(self, room_id: str) -> Feed | None:
        """The feed of a room; it is dropped when the room is empty."""
        if not self._is_empty(room_id):
            return self._feeds.get(room_id)
        if self._openings.close(room_id):
            self._feeds.pop(room_id, None)
        else:
            self._marks.add(room_id, self._clock() + STAYS_OPEN)  # when this is called again
            self._watch()
        return None

    def _mark(self, room_id: str, feed: Feed) -> None:
        feed.marked = self._state(room_id, feed)
        self._broadcasts.mark(room_id, feed.up_to or FIRST_ID)

    def _state(self, room_id: str, feed: Feed) -> tuple[int, bool]:
        """The number of counted events, and whether all broadcast messages are settled."""
        return self._broadcasts.follows(room_id), not feed.sent_ids

    def _read(self, room_ids: list[str]) -> None:
        feeds = {id_: feed for id_ in room_ids if (feed := self._feed_in_use(id_))}
        began_at = self._clock()
        try:
            self._catch_up(feeds)
        except Exception as error:
            if not isinstance(error, ChatError):  # the cause of a ChatError is in the log
                log.exception("Rooms could not be read again")
            self._retry(feeds)
            return
        for number, (id_, feed) in enumerate(feeds.items(), 1):
            self._after_read(id_, feed, began_at)
            if not number % AT_ONCE:
                self._sleep(0)

    def _retry(self, feeds: dict[str, Feed]) -> None:
        """Read each room alone, so that one room that fails doesn't block the others."""
        for id_, feed in feeds.items():
            if len(feeds) > 1:
                self._read([id_])
            else:
                self._read_later(id_, RETRY_AFTER if feed.is_suspect else READ_AFTER)

    def _catch_up(self, feeds: dict[str, Feed]) -> None:
        """Broadcast the missing messages, and move `up_to`."""
        settled = self._reader.settled()  # before the read begins
        spans = {id_: span for id_, feed in feeds.items() if (span := self._span(feed, settled))}
        asked = [(id_, span.after, span.until) for id_, span in spans.items()]
        counts = self._reader.counts_between(asked)
        for (id_, span), count in zip(spans.items(), counts, strict=True):
            known = span.newest_sent
            if count != span.sent_count:
                known = max(known, self._send_missing(id_, span, feeds[id_]))
            feeds[id_].settle(settled or known)

    def _span(self, feed: Feed, settled: str | None) -> Span | None:
        """The range of ids to compare with the history; None if there is nothing to compare."""
        if feed.is_suspect or (settled and self._clock() < self._shared_until):
            # To the end: this includes messages of a server whose clock is ahead.
            after = feed.up_to or id_at(self._wall_clock() - NEWS_FOR)
            return feed.span(after, self._reader.farthest())
        until = max(settled or "", feed.sent_ids[-1] if feed.sent_ids else "")
        if until <= feed.up_to:
            return None
        if not feed.up_to:  # all messages since the first join count as broadcast
            feed.settle(until)
            return None
        return feed.span(feed.up_to, until)

    def _send_missing(self, room_id: str, span: Span, feed: Feed) -> str:
        """Broadcast what is missing; returns the id of the last message that was read."""
        last = ""
        for number, message in enumerate(self._reader.between(room_id, span.after, span.until), 1):
            last = message.id
            if self._send(message):
                self.found_by_reading += 1
                if not feed.is_suspect:
                    self._shared_until = self._clock() + SHARED_FOR
            if not number % AT_ONCE:
                self._sleep(0)
        return last

    def _after_read(self, room_id: str, feed: Feed, began_at: float) -> None:
        if feed.suspected_at < began_at:
            feed.suspected_at = NEVER
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
