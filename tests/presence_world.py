"""Processes that tell each other who is in a room, in virtual time.

Everything in a process is real, except for its sockets and the bus.
"""

from chat.accounts.person import Person
from chat.realtime.announcements import INTERVAL
from chat.realtime.coalescing import Coalescer
from chat.realtime.presence import GRACE, Presence
from tests.virtual_time import VirtualTime

ROOM = "general"
CROSSING = 0.4  # seconds that a report takes
STAY = 20.0  # seconds for which people of a lost process count


class Process:
    """One process; `shown` is what a client sees that has been in the room from the start."""

    def __init__(self, name, world):
        self.name = name
        self.connections = {}  # by id: the person
        self.shown = {}  # by id: the name
        self.count = 0
        self.seen_off = []  # ids, each time that somebody was announced as gone
        self._world = world
        time = world.time
        announcing = self._announce, lambda: INTERVAL, time.start, time.sleep, time.clock
        self.presence = Presence(Coalescer(*announcing).request, time.clock)
        self.presence.keep_changes_here()

    def _announce(self, room):
        if change := self.presence.take_changes(room):
            self._show(change)
        if change := self.presence.take_changes_here(room):
            self._world.report(self, change)

    def _show(self, change):
        self.count = change["count"]
        joined, left = change.get("joined", []), change.get("left", [])
        if len(joined) == self.count:
            self.shown.clear()
        self.shown |= {each["id"]: each["name"] for each in joined}
        for id_ in left:
            self.shown.pop(id_, None)
        self.seen_off += left

    def enter(self, connection, id_, name):
        for other, (other_id, other_name) in list(self.connections.items()):
            if other_id == id_ and other_name != name:
                self.leave(other, GRACE)  # connections with a former name are ended
        person = self.connections[connection] = Person(id_, name)
        self.presence.enter(ROOM, connection, person)

    def leave(self, connection, grace=0):
        person = self.connections.pop(connection)
        self.presence.leave(ROOM, connection, person, grace=grace)


class World:
    """Processes that report to each other: after CROSSING, or never.

    Args:
        names: Of the processes.
    """

    def __init__(self, names):
        self.time = VirtualTime()
        self.deaf = set()  # pairs of a sender and a receiver that gets nothing from it
        self.missed = set()  # the same: something was lost, or the sender counts as gone
        self.processes = [Process(name, self) for name in names]

    def report(self, sender, change):
        for receiver in self.processes:
            pair = sender.name, receiver.name
            if pair in self.deaf:
                self.missed.add(pair)
            elif receiver is not sender:
                self.time.start(self._deliver, sender, receiver, change)

    def _deliver(self, sender, receiver, change):
        self.time.sleep(CROSSING)
        if sender in self.processes:
            receiver.presence.change_elsewhere(sender.name, ROOM, change["joined"], change["left"])

    def lose(self, receiver, sender):
        """The receiver believes that the sender is gone."""
        self.missed.add((sender.name, receiver.name))
        receiver.presence.lose_process(sender.name, STAY)

    def heal(self, receiver, sender):
        """The receiver gets a snapshot from the sender."""
        self.missed.discard((sender.name, receiver.name))
        people = sender.presence.here(ROOM)
        receiver.presence.set_elsewhere(sender.name, ROOM, people)

    def restart(self, process, name):
        """The process dies; a new one starts, which learns from the others who is there."""
        self.processes.remove(process)
        for other in self.processes:
            other.presence.lose_process(process.name, STAY)
        new = Process(name, self)
        self.processes.append(new)
        for other in self.processes[:-1]:
            self.heal(new, other)

    def come_to_rest(self):
        """All that is known crosses, and all periods of grace end."""
        self.deaf.clear()
        self.time.pass_by(2 * INTERVAL)
        for sender in self.processes:
            for receiver in self.processes:
                if (sender.name, receiver.name) in self.missed:
                    self.heal(receiver, sender)
        self.time.pass_by(2 * STAY)

    def names(self):
        """By id: the names with which somebody is connected."""
        found = {}
        for process in self.processes:
            for person in process.connections.values():
                found.setdefault(person.id, set()).add(person.name)
        return found
