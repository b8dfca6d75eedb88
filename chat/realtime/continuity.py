"""How nobody misses anything: up to where each room with people in it is known, and sent to them.

A server tells what it stores itself. Another one may write into the same table, and a write that
was given up may be carried out later. So a room is read again behind what was told, until all that
is there is settled; what was not told yet is told then. `up_to` is how far that has come: every
message up to there was sent to all who are in the room, or was in the answer to their join. The
next event says so to them. In silence a `mark` does, with how many events there were, so that
whoever missed the last one notices, too.
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

# Seconds from the last event of a room until a mark. A mark may get lost like the event, so others
# follow, each after three times as long, and then one in a while for as long as somebody is there.
MARK_AFTER, RAREST_MARK = 3.0, 240.0

TICK = 0.5  # seconds

# Seconds from a message, or a join, until the room is read again: then all that was stored before
# is settled. What is found is what nobody here could know of.
READ_AFTER = SETTLED_AFTER + TICK

# The same after a message, where the history keeps the order. There only a process that is ending
# can store what is not known here. Its clients join here soon, and after a join the room is read
# sooner.
READ_IN_ORDER_AFTER = 3 * READ_AFTER

# Seconds for which all rooms are read again and again because another server may write into them:
# after the start, when the one before may be ending, and after something of another one was found.
SHARED_FOR = 120.0

# A message that is older than this, in a room where nobody is, is no news for others (seconds).
NEWS_FOR = 60.0

READERS = 4  # reads at the same time
READ_TOGETHER = 20  # most rooms that one of them asks about in one call
AT_ONCE = 5  # messages or marks that are sent before other tasks get their turn


@dataclass(slots=True)
class _Feed:
    """What was told in a room."""

    up_to: str | None  # None until something is known
    touched_at: float  # when the last message was told, or somebody joined
    sent_at: float  # when the last counted event was sent; before that, when the first one joined
    told: list[str]  # ids that sort behind `up_to`, in order
    next_mark: float = MARK_AFTER  # seconds after that
    marked: tuple[int, bool] = (0, False)  # what the last mark said

    def settle(self, up_to: str) -> None:
        self.up_to = max(up_to, self.up_to or "")
        del self.told[: bisect.bisect_right(self.told, self.up_to)]


class _Span(NamedTuple):
    """What a read asks about, and how many messages of that were told."""

    after: str  # in form ids
    until: str
    told: int


class Continuity:
    """Finds what was stored and not told, and says up to where everything was.

    Args:
        reader: Where rooms are read.
        broadcasts: The way out.
        tell: Tells the room of a message; returns whether that was news.
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
        tell: Callable[[Message], bool],
        is_empty: Callable[[str], bool],
        start_task: Callable[[Callable[[], None]], object],
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._reader = reader
        self._broadcasts = broadcasts
        self._tell = tell
        self._is_empty = is_empty
        self._start_task = start_task
        self._sleep = sleep
        self._clock = clock
        self._wall_clock = wall_clock
        self._feeds: dict[str, _Feed] = {}
        self._first_reads = SharedReads(self._read_first)
        self._marks = Agenda()
        self._reads = Agenda()
        self._to_read: deque[list[str]] = deque()  # rooms that are read together
        self._readers = 0
        self._is_watching = False
        self._starting_until = clock() + SHARED_FOR
        self._shared_until = float("-inf")  # another server was noticed not long before this

    # What happens in a room

    def enter(self, room_id: str) -> int:
        """Somebody is about to enter the room; returns the number of the next event."""
        if self._feed_in_use(room_id) is None:
            feed = self._new_feed(room_id)
            if self._feed_in_use(room_id) is None:  # otherwise somebody was faster
                self._feeds[room_id] = feed
        self._touch(room_id, READ_AFTER)
        return self._broadcasts.follows(room_id)

    def _new_feed(self, room_id: str) -> _Feed:
        """What is there already counts as told: whoever enters from now on will read it."""
        try:
            return self._first_reads.ask(room_id)
        except ChatError:  # so it will be told, perhaps to somebody who has read it
            return self._feed(self._reader.settled())

    def _read_first(self, room_id: str) -> _Feed:
        settled = self._reader.settled()
        if settled is None:
            return self._feed(self._reader.newest_id(room_id))
        found = self._reader.between(room_id, settled, LAST_ID)
        return self._feed(settled, [message.id for message in found])

    def _feed(self, up_to: str | None, told: Sequence[str] = ()) -> _Feed:
        now = self._clock()
        return _Feed(up_to, now, now, list(told))

    def is_news(self, message: Message) -> bool:
        """Whether a stored message is to be told, which from now on it has been."""
        feed = self._feeds.get(message.room)
        if feed is None:
            return message.id >= id_at(self._wall_clock() - NEWS_FOR)
        place = bisect.bisect_left(feed.told, message.id)
        if message.id <= (feed.up_to or "") or feed.told[place : place + 1] == [message.id]:
            return False
        feed.told.insert(place, message.id)
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

    # What comes later

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
        if self._marks or self._reads:  # planned at the last moment, by another thread
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
        """The feed of a room, which is forgotten when nobody is in the room any more."""
        if self._is_empty(room_id):
            self._feeds.pop(room_id, None)
        return self._feeds.get(room_id)

    def _mark(self, room_id: str, feed: _Feed) -> None:
        feed.marked = self._state(room_id, feed)
        self._broadcasts.mark(room_id, feed.up_to or FIRST_ID)

    def _state(self, room_id: str, feed: _Feed) -> tuple[int, bool]:
        """How many events there were, and whether all of them are settled."""
        return self._broadcasts.follows(room_id), not feed.told

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
            if not isinstance(error, ChatError):  # whose cause is in the log
                log.exception("Rooms could not be read again")
            self._retry(list(feeds))
            return
        for number, (id_, feed) in enumerate(feeds.items(), 1):
            self._after_read(id_, feed, began_at)
            if not number % AT_ONCE:
                self._sleep(0)

    def _retry(self, room_ids: list[str]) -> None:
        """Read each room alone: one must not keep the others from being read."""
        if len(room_ids) == 1:
            self._read_later(room_ids[0])
        else:
            for id_ in room_ids:
                self._read([id_])

    def _catch_up(self, feeds: dict[str, _Feed]) -> None:
        """Tell what was not told, and move `up_to`."""
        settled = self._reader.settled()  # before the read begins
        spans = {id_: span for id_, feed in feeds.items() if (span := self._span(feed, settled))}
        asked = [(id_, span.after, span.until) for id_, span in spans.items()]
        counts = self._reader.counts_between(asked)
        for (id_, span), count in zip(spans.items(), counts, strict=True):
            if count != span.told:
                self._tell_missing(id_, span.after, span.until)
            feeds[id_].settle(settled or span.until)

    def _span(self, feed: _Feed, settled: str | None) -> _Span | None:
        """What there is to compare, if there is anything."""
        until = max(settled or "", feed.told[-1] if feed.told else "")
        if settled and self._clock() < self._shared_until:
            until = LAST_ID  # also what a clock that is ahead has put there
        if until <= (feed.up_to or ""):
            return None
        if feed.up_to is None:  # what was told is all since somebody came
            feed.settle(until)
            return None
        return _Span(feed.up_to, until, bisect.bisect_right(feed.told, until))

    def _tell_missing(self, room_id: str, after: str, until: str) -> None:
        for number, message in enumerate(self._reader.between(room_id, after, until), 1):
            if self._tell(message):
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
        elif feed.up_to:  # the next event comes soon, or a mark
            self._broadcasts.vouch(room_id, feed.up_to)

    def _is_shared(self, now: float) -> bool:
        is_new = now < self._starting_until
        return bool(self._reader.settles_after) and (is_new or now < self._shared_until)
