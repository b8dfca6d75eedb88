"""Servers that share a history, in virtual time.

Everything between the readers and the log is real: ids, clocks, reads, numbers, marks. The network
is simulated: the test delivers requests and events, or loses them.
"""

import bisect
import itertools
from functools import partial
from types import SimpleNamespace

from chat.history.reader import Reader
from chat.messages.ids import MessageIds, following
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.continuity import RAREST_MARK, Continuity
from chat.storage.base import APPEND_WITHIN, MAY_LAND_WITHIN, Page
from tests.storage.messages import draft
from tests.virtual_time import VirtualTime

EPOCH = 1_790_000_000.0
ROOM = "general"
LATEST_LANDING = APPEND_WITHIN + MAY_LAND_WITHIN - 0.1  # seconds after a message got its id
CROSSING = 0.1  # seconds that the bus takes
GONE_AFTER = 3.0  # seconds after which the bus says that a process is gone


class Log:
    """The messages of one room, as DynamoDB keeps them, or as SQLite does, which keeps order."""

    def __init__(self, clock, *, keeps_order):
        self.append_keeps_order = keeps_order
        self.now = lambda: None if keeps_order else clock()
        self.messages = []

    def put(self, message):
        if self.append_keeps_order and self.messages:
            message = message._replace(id=following(self.messages[-1].id, message.id))
        bisect.insort(self.messages, message)
        return message

    def newest(self, room, limit):
        return Page(self.messages[-limit:], more=len(self.messages) > limit)

    def before(self, room, id_, limit):
        found = [each for each in self.messages if each.id < id_]
        return Page(found[-limit:], more=len(found) > limit)

    def newest_ids(self, _rooms, before):
        return [max((each.id for each in self.messages if each.id < before), default="")]

    def since(self, room, start, limit):
        found = [each for each in self.messages if each.id > start]
        return Page(found[:limit], more=len(found) > limit)

    def counts_between(self, spans):
        return [
            sum(after < each.id <= until for each in self.messages) for _room, after, until in spans
        ]


class Bus:
    """Tells the other servers what one has stored. It may lose that, and says so later."""

    def __init__(self, time):
        self._time = time
        self._servers = []
        self._cut_off = set()

    def join(self, server):
        self._servers.append(server)

    def publish(self, sender, message):
        for server in self._servers:
            if server is not sender and server not in self._cut_off:
                self._time.start(self._deliver, server, message)

    def _deliver(self, server, message):
        self._time.sleep(CROSSING)
        server.hear(message)

    def cut_off(self, server, seconds):
        """The server hears nothing for a while; then it knows that something may be missing."""
        self._cut_off.add(server)
        self._time.start(self._come_back, server, seconds)

    def _come_back(self, server, seconds):
        self._time.sleep(seconds)
        self._cut_off.discard(server)
        server.continuity.suspect(ROOM)

    def lose(self, server):
        """A process has died, perhaps between the storing and the telling."""
        self._servers.remove(server)
        self._time.start(self._miss)

    def _miss(self):
        self._time.sleep(GONE_AFTER)
        for server in self._servers:
            server.continuity.suspect_all()


class Server:
    """One process; `members` maps the names of its readers to functions that receive events."""

    def __init__(self, log, time, bus, skew, number):
        self._log = log
        self._time = time
        self._bus = bus
        self.skew = skew
        self.members = {}
        self.is_listening = False
        self.is_dead = False
        self.is_writing = False
        clock = self._clock
        self._ids = MessageIds(lambda: max(clock(), log.now() or 0), f"{number:08x}")
        self._reader = Reader(log, self._ids, page_size=4, clock=clock)
        self._broadcasts = Broadcasts(SimpleNamespace(emit=self._emit))
        self.continuity = Continuity(
            self._reader,
            self._broadcasts,
            self._tell,
            lambda _room: not self.members,
            time.start,
            self._sleep,
            time.clock,
            clock,
        )
        if bus:
            self.continuity.when_opened(lambda _room: self._listen(True))
            self.continuity.when_closed(lambda _room: self._listen(False))
            bus.join(self)

    def _listen(self, is_listening):
        self.is_listening = is_listening

    def _clock(self):
        return EPOCH + self._time.now + self.skew

    def _sleep(self, seconds):
        self._time.sleep(seconds if not self.is_dead else 1e12)  # a dead process does nothing

    def _emit(self, event, payload, **_to):
        for receive in list(self.members.values()):
            receive(event, dict(payload))

    def _tell(self, message):
        if self.is_dead or not self.continuity.is_news(message):
            return False
        self._broadcasts.message(message)
        self.continuity.sent(ROOM)
        return True

    def write(self, lands_after=0, told_after=0):
        """Store a message, unless the outcome of the last one is unknown: as the real writer."""
        if self.is_writing or self.is_dead:
            return
        self.is_writing = True
        message = draft(client_id="c").with_id(self._ids.make(ROOM))

        def land():
            self._time.sleep(lands_after)
            if self.is_dead and self._log.append_keeps_order:
                return  # SQLite has rolled the transaction back
            stored = self._log.put(message)
            self._time.sleep(told_after)
            self.is_writing = False
            self._tell(stored)
            if self._bus and not self.is_dead:
                self._bus.publish(self, stored)

        self._time.start(land)

    def hear(self, message):
        if self.is_listening:
            self._tell(message)

    def enter(self, name, receive):
        """The first half of a join: from now on the reader gets all events."""
        follows = self.continuity.enter(ROOM)
        self.members[name] = receive
        return follows

    def catch_up(self, follows, payload):
        """The second half: the answer."""
        after, up_to = payload.get("after"), payload.get("up_to")
        found = self._reader.catch_up(ROOM, after, up_to, payload.get("limit"))
        return {
            "ok": True,
            "room": ROOM,
            "messages": [each.to_wire() for each in found.page.messages],
            "more": found.page.more,
            "recovered": found.recovered,
            "people": [],
            "count": 1,
            "follows": follows,
            "up_to": found.up_to,
        }

    def leave(self, name):
        self.members.pop(name, None)
        self.continuity.left(ROOM)

    def die(self):
        self.is_dead = True
        self.members.clear()
        if self._bus:
            self._bus.lose(self)


class World:
    """Servers on one log, and readers who are connected to one of them.

    Args:
        readers: Runs the readers, such as a `RoomBridge`.
        skews: By how many seconds the clock of each server is ahead.
        keeps_order: Whether the log keeps order.
        has_bus: Whether the servers tell each other what they store.
    """

    def __init__(self, readers, skews, *, keeps_order, has_bus):
        self.time = VirtualTime()
        self.bus = Bus(self.time) if has_bus else None
        self.log = Log(lambda: EPOCH + self.time.now, keeps_order=keeps_order)
        self.readers = readers
        self._numbers = itertools.count()
        self.servers = [self._server(skew) for skew in skews]
        self.at = {}  # by reader: the server that it is connected to
        self._joins = {}  # by request: reader, server, number, payload
        self._waiting = {}  # by reader: events that have not arrived
        self._names = itertools.count()

    def _server(self, skew):
        return Server(self.log, self.time, self.bus, skew, next(self._numbers))

    def admit(self):
        name = f"reader {next(self._names)}"
        self.readers.make(name, page_size=4)
        return name

    def connect(self, name, server):
        self._waiting[name] = []
        self.at[name] = server
        self._take(self.readers.connect(name))

    def lose(self, name):
        """The connection breaks."""
        if server := self.at.pop(name, None):
            server.leave(name)
            self._waiting[name] = []
            self._joins = {n: join for n, join in self._joins.items() if join[0] != name}
            self.readers.lose(name)

    def kill(self, server, skew):
        """The process dies, and a new one starts with that skew; returns its readers' names."""
        gone = [name for name, at in self.at.items() if at is server]
        for name in gone:
            self.lose(name)
        server.die()
        place = self.servers.index(server)
        self.servers[place] = self._server(skew)
        return gone

    def lose_events(self, name):
        """Lose the events that have not arrived, as when the answer to a poll is lost."""
        self._waiting[name] = []

    def deliver(self, name):
        """All events that were sent arrive."""
        waiting, self._waiting[name] = self._waiting.get(name, []), []
        for event, payload in waiting:
            self._take(self.readers.event(name, event, payload))

    def answer(self, name):
        """Answer the joins of a reader; events that were sent before an answer arrive before it."""
        for request, (asker, server, follows, payload) in list(self._joins.items()):
            if asker == name and request in self._joins:
                del self._joins[request]
                answer = server.catch_up(follows, payload)
                self.deliver(name)
                self._take(self.readers.answer(request, answer))

    def pass_by(self, seconds):
        while seconds > 0:
            step = min(seconds, 1)
            seconds -= step
            self.time.pass_by(step)
            self._take(self.readers.tick(round(step * 1000)))

    def come_to_rest(self):
        """Connect all readers, and deliver everything until each must have got a mark."""
        for name in self._waiting:
            if name not in self.at:
                self.connect(name, self.servers[0])
        for _ in range(round(1.2 * RAREST_MARK)):
            self.pass_by(1)
            for name in list(self.at):
                self.deliver(name)
                self.answer(name)

    def _take(self, requests):
        for request in requests:
            name = request["reader"]
            if request["event"] == "join" and name in self.at:
                server = self.at[name]
                follows = server.enter(name, partial(self._send, name))
                join = name, server, follows, request["payload"]
                self._joins[request["request"]] = join

    def _send(self, name, *event):
        self._waiting[name].append(event)

    def stored(self):
        return [each.id for each in self.log.messages]
