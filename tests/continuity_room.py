"""One server's side of rooms, in virtual time: only `Continuity` and what belongs to it is real."""

from chat.errors import Unavailable
from chat.messages.ids import FIRST_ID, LAST_ID, id_at
from chat.realtime.continuity import Continuity
from tests.storage.messages import message
from tests.virtual_time import VirtualTime

EPOCH = 1_790_000_000.0


class Log:
    """Stands in for the reader of a history."""

    def __init__(self, time, settles_after):
        self.messages = []
        self.settles_after = settles_after
        self.is_down = False
        self.counted = self.read = 0
        self.calls = []  # the number of rooms of each call
        self.broken = set()  # rooms that can't be read
        self.meanwhile = lambda: None
        self._time = time

    def settled(self):
        if not self.settles_after:
            return None
        return id_at(EPOCH + self._time.clock() - self.settles_after)

    def farthest(self):
        return LAST_ID

    def newest_id(self, room):
        if self.is_down:
            raise Unavailable("down")
        return max((each.id for each in self.messages if each.room == room), default=FIRST_ID)

    def counts_between(self, spans):
        self.counted += len(spans)
        self.calls += [len(spans)]
        found = [len(self._between(*span)) for span in spans]
        self.meanwhile()
        return found

    def between(self, room, after, until):
        self.read += 1
        return iter(self._between(room, after, until))

    def _between(self, room, after, until):
        if self.is_down or room in self.broken:
            raise Unavailable("down")
        found = [each for each in self.messages if each.room == room and after < each.id <= until]
        return sorted(found, key=lambda each: each.id)


class Broadcasts:
    """Records what was sent."""

    def __init__(self):
        self.messages = []
        self.marks = []
        self.vouched = []  # each `up_to` that was set for the next event
        self.up_to = {}  # by room: the latest one

    def follows(self, room):
        return sum(each.room == room for each in self.messages)

    def message(self, message):
        self.messages.append(message)

    def set_up_to(self, room, up_to):
        self.vouched.append(up_to)
        self.up_to[room] = up_to

    def mark(self, room, up_to):
        self.marks.append((self.follows(room), up_to))
        self.up_to[room] = up_to


class Room:
    """One server's side of one or more rooms; there are people in them from `enter` on."""

    def __init__(self, settles_after):
        self.time = VirtualTime()
        self.log = Log(self.time, settles_after)
        self.broadcasts = Broadcasts()
        self.is_empty = True
        self.continuity = Continuity(
            self.log,
            self.broadcasts,
            self.tell,
            lambda _room: self.is_empty,
            self.time.start,
            self.time.sleep,
            self.time.clock,
            lambda: EPOCH + self.time.clock(),
        )

    def enter(self, *names):
        numbers = [self.continuity.enter(name) for name in names or ["general"]]
        self.is_empty = False
        return numbers[0]

    def come_back(self):
        """All leave, and then somebody enters."""
        self.is_empty = True
        self.enter()

    def tell(self, message):
        is_news = self.continuity.is_news(message)
        if is_news:
            self.broadcasts.message(message)
            self.continuity.sent(message.room)
        return is_news

    def store(self, seconds_ago=0, room="general"):
        """Store a message of another server; its id is so many seconds old."""
        self.time.pass_by(0.001)  # so that no two have the same time
        stored = message(at=EPOCH + self.time.clock() - seconds_ago, room=room)
        self.log.messages.append(stored)
        return stored

    def say(self):
        """Store a message of this server, and broadcast it."""
        stored = self.store()
        self.tell(stored)
        return stored
