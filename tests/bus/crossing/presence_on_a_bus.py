"""Processes that tell each other who is in which room over a bus that fails, in virtual time.

Everything is real, except for the server of the bus, the sockets and the time.
"""

from collections import deque

from greenlet import GreenletExit

from chat.accounts.person import Person
from chat.bus.bus import Bus
from chat.bus.connection import SILENCE, Arrived, Down
from chat.bus.crossing import room_channel
from chat.bus.crossing.presence import Presence as PresenceOnTheBus
from chat.bus.envelope import Envelopes
from chat.realtime.announcements import INTERVAL
from chat.realtime.coalescing import Coalescer
from chat.realtime.openings import STAYS_OPEN, Openings
from chat.realtime.presence import Presence
from tests.virtual_time import VirtualTime

LOOK_EVERY = 0.05  # seconds between two looks of a task that waits


ENVELOPES = Envelopes("secret", "history")


class Server:
    """The server of the bus; `loses` says which publications it loses on their way to a process."""

    def __init__(self):
        self.is_up = True
        self.loses = lambda _process, _publication: False
        self.wires = []

    def take(self, wire, command, *arguments):
        if command == "PUBLISH":
            channel, content = arguments
            for each in self.wires:
                if channel in each.channels:
                    self._deliver(each, channel, content)
            return
        for channel in arguments:
            if command == "SUBSCRIBE":
                wire.channels.add(channel)
            else:
                wire.channels.discard(channel)
            wire.arrived.append(Arrived(command.lower(), channel, b""))

    def _deliver(self, wire, channel, content):
        publication = ENVELOPES.open(ENVELOPES.channel(channel), content)
        if not self.loses(wire.process, publication):
            wire.arrived.append(Arrived("message", channel, content))

    def stop(self):
        self.is_up = False
        for each in self.wires:
            each.is_broken = True
        self.wires.clear()


class Wire:
    """A connection of a process to the server."""

    def __init__(self, process):
        self.process = process
        self._server = process.world.server
        if not self._server.is_up:
            raise Down("it is down")
        self.channels, self.arrived = set(), deque()
        self.is_broken = False
        self._server.wires.append(self)

    def send(self, commands):
        if self.is_broken:
            raise Down("it broke")
        for command in commands:
            self._server.take(self, *command)

    def receive(self):
        until = self.process.world.time.now + SILENCE
        while not self.arrived:
            if self.is_broken or self.process.world.time.now >= until:
                raise Down("it broke")
            self.process.sleep(LOOK_EVERY)
        return self.arrived.popleft()

    def close(self):
        self.is_broken = True
        if self in self._server.wires:
            self._server.wires.remove(self)


class Event:
    """As that of `threading`, in virtual time."""

    def __init__(self, sleep):
        self._sleep = sleep
        self._is_set = False

    def is_set(self):
        return self._is_set

    def set(self):
        self._is_set = True

    def clear(self):
        self._is_set = False

    def wait(self):
        while not self._is_set:
            self._sleep(LOOK_EVERY)


class Process:
    """One process, with its announcements and their continuity, as far as they matter here."""

    def __init__(self, world):
        self.world = world
        self.is_frozen = self.is_over = False
        self.connections = {}  # by id: the person and the room
        background = self.start, self.sleep
        self.people = Coalescer(self._announce, lambda: INTERVAL, *background, world.time.clock)
        self.presence = Presence(self.people.request, world.time.clock)
        self.continuity = self.openings = Openings(world.time.clock)
        self._listener = None
        self.bus = Bus(lambda: Wire(self), ENVELOPES, *background, world.time.clock)
        self.bus._outbox.filled = Event(self.sleep)
        self.openings.when_opened(lambda room: self.bus.subscribe(room_channel(room)))
        PresenceOnTheBus(self.bus, self, *background)
        self.openings.when_closed(lambda room: self.bus.unsubscribe(room_channel(room)))
        self.bus.start()

    def start(self, function, *arguments):
        self.world.time.start(function, *arguments)

    def sleep(self, seconds):
        self.world.time.sleep(seconds)
        while self.is_frozen and not self.is_over:
            self.world.time.sleep(LOOK_EVERY)
        if self.is_over:
            raise GreenletExit

    def when_people_change(self, listener):
        self._listener = listener
        self.presence.keep_changes_here()

    def _announce(self, room):
        self.presence.take_changes(room)
        if change := self.presence.take_changes_here(room):
            self._listener(change)
        self._close_if_empty(room)

    def _close_if_empty(self, room):
        while self.presence.is_empty(room) and not self.openings.close(room):
            self.sleep(STAYS_OPEN)

    def look(self, room):
        """As continuity does for each mark and read: an empty room is closed at once."""
        if self.presence.is_empty(room):
            self.openings.close(room)

    def enter(self, connection, id_, room):
        self.connections[connection] = person, _ = Person(id_, f"Person {id_}"), room
        with self.openings.entering(room):
            pass
        self.presence.enter(room, connection, person)

    def leave(self, connection, grace=0):
        person, room = self.connections.pop(connection)
        self.presence.leave(room, connection, person, grace=grace)

    def end(self):
        self.is_over = True
        for wire in list(self.world.server.wires):
            if wire.process is self:
                wire.close()


class World:
    """Processes on one bus.

    Args:
        count: How many.
    """

    def __init__(self, count):
        self.time = VirtualTime()
        self.server = Server()
        self.processes = [Process(self) for _ in range(count)]

    def replace(self, process, *, is_planned):
        if is_planned and not process.is_frozen:
            process.bus.close()
        process.end()
        self.processes[self.processes.index(process)] = Process(self)

    def come_to_rest(self, seconds):
        self.server.is_up, self.server.loses = True, lambda *_: False
        for process in self.processes:
            process.is_frozen = False
        self.time.pass_by(seconds)

    def here(self, room):
        """The ids of those who are really there."""
        return {
            person.id
            for process in self.processes
            for person, where in process.connections.values()
            if where == room
        }
