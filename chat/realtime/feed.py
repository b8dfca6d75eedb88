"""What was broadcast in a room."""

import bisect
from dataclasses import dataclass, field
from typing import NamedTuple

MARK_AFTER = 3.0  # seconds from the last counted event of a room until a mark
NEVER = float("inf")  # seconds


class Span(NamedTuple):
    """A range of ids to count, and what was broadcast of it."""

    after: str  # exclusive; both bounds have the form of ids
    until: str  # inclusive
    sent_count: int
    newest_sent: str  # an id; empty if nothing was broadcast


@dataclass(slots=True)
class Feed:
    """What was broadcast in a room. Times are monotonic seconds."""

    up_to: str  # empty after a failed first read, until a message was broadcast
    touched_at: float  # the last broadcast of a message, or the last join
    sent_at: float  # the last counted event; before there is one, the first join
    next_mark: float = MARK_AFTER  # seconds from `sent_at`
    marked: tuple[int, bool] = (0, False)  # the state at the last mark
    suspected_at: float = NEVER  # the last suspicion that no read has dispelled yet
    sent_ids: list[str] = field(default_factory=list)  # that sort after `up_to`, in order

    @property
    def is_suspect(self) -> bool:
        """Whether something stored may not have been broadcast."""
        return self.suspected_at < NEVER

    def add(self, id_: str) -> bool:
        """From now on the message counts as broadcast; returns whether it did not before."""
        if self.has(id_):
            return False
        bisect.insort(self.sent_ids, id_)
        return True

    def has(self, id_: str) -> bool:
        """Whether the message counts as broadcast."""
        place = bisect.bisect_left(self.sent_ids, id_)
        return id_ <= self.up_to or self.sent_ids[place : place + 1] == [id_]

    def span(self, after: str, until: str) -> Span:
        """The span between two ids; messages up to `after` count as settled."""
        count = bisect.bisect_right(self.sent_ids, until)
        return Span(after, until, count, self.sent_ids[count - 1] if count else "")

    def settle(self, up_to: str) -> None:
        """All messages up to that id were broadcast."""
        self.up_to = max(up_to, self.up_to)
        del self.sent_ids[: bisect.bisect_right(self.sent_ids, self.up_to)]
