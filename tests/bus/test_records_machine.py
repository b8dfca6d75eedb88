"""Random runs without any bus: every process finds what the others have stored, in time.

Processes begin, freeze, lose the storage, stop and die at any moment, and what they write lands
late.
"""

import itertools

from greenlet import getcurrent
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from chat.bus.lease import DEAD_AFTER, RENEW_EVERY, Lease
from chat.bus.records import Records
from chat.messages.ids import id_at
from chat.storage.base import APPEND_WITHIN, MAY_LAND_WITHIN
from tests.bus.doubles import MemoryContainers
from tests.storage.messages import draft
from tests.virtual_time import VirtualTime

SEEN_WITHIN = 2 * RENEW_EVERY
SEEN_AFTER_A_DEATH_WITHIN = DEAD_AFTER + SEEN_WITHIN
ROOMS = ("general", "tech")

PROCESSES, WRITERS = st.integers(0, 2), st.integers(1, 2)
LANDS_AFTER = st.sampled_from([0.0, 0.1, APPEND_WITHIN + MAY_LAND_WITHIN])
STEP = 0.5  # seconds
SECONDS = st.sampled_from([0.5, 4.0, 12.0, 25.0])


class View(MemoryContainers):
    """The records as one process reaches them."""

    def __init__(self, process):
        self.process = process
        self.records = process.world.containers.records

    def _require(self, is_reached):
        super()._require(is_reached and self.process.reaches_storage)

    @property
    def takes_writes(self):
        return self.process.world.containers.takes_writes

    @property
    def takes_reads(self):
        return self.process.world.containers.takes_reads


class Process:
    """A process with its own messages, and those that it has found by reading."""

    def __init__(self, world, name):
        self.world = world
        self.name = name
        self.is_frozen = self.is_over = self.is_cut_off = False
        self.well_since = world.time.now  # since then it can do what it should
        self.is_writing = False
        self.to_tell = []  # stored while the process was frozen
        self.waiting = []  # its green threads while it is frozen
        self.known = set()
        containers = View(self)
        self.lease = Lease(containers, name, world.time.clock)
        self.records = Records(
            containers,
            self.lease,
            is_known=lambda room, id_: id_ in self.known,
            suspect=self.read,
            suspect_all=lambda: [self.read(room) for room in ROOMS],
            elsewhere=lambda room, id_: None,
            misses_nothing_of=lambda _process: False,
            sleep=self.sleep,
            clock=world.time.clock,
        )
        for room in ROOMS:
            self.read(room)
        world.time.start(self.records.follow)

    @property
    def reaches_storage(self):
        return not self.is_cut_off

    def read(self, room):
        self.known |= {each.id for each in self.world.landed if each.room == room}

    def sleep(self, seconds):
        self.world.time.sleep(seconds)
        if self.is_frozen or self.is_over:
            self.waiting.append(getcurrent())
            getcurrent().parent.switch()

    def write(self, room, lands_after):
        world = self.world
        if self.is_frozen or self.is_over or self.is_writing:
            return
        if self.lease.may_write() and self.reaches_storage and world.containers.takes_writes:
            self.is_writing = True
            if lands_after:
                world.time.start(self._land_after, lands_after, world.make(room))
            else:
                self._land(world.make(room))

    def _land_after(self, seconds, message):
        self.world.time.sleep(seconds)
        self._land(message)

    def _land(self, message):
        self.world.landed[message] = self.world.time.now
        self.world.writers[message] = self
        self.is_writing = False
        self.to_tell.append(message)
        self.tell()

    def tell(self):
        if not (self.is_frozen or self.is_over):
            for message in self.to_tell:
                self.known.add(message.id)
                self.lease.stored(message)
            self.to_tell.clear()

    def fail(self, **what):
        vars(self).update(what)
        self.well_since = self.world.time.now  # or not well since

    def thaw(self):
        self.fail(is_frozen=False)
        self.tell()
        for thread in self.waiting:
            self.world.time._wake(thread, self.world.time.now)
        self.waiting.clear()


class World(RuleBasedStateMachine):
    """One process reads all the time, and two others write; each that is over has a successor."""

    def __init__(self):
        super().__init__()
        self.time = VirtualTime()
        self.containers = MemoryContainers()
        self.storage_well_since = 0.0
        self.landed = {}  # when, by message
        self.writers = {}
        self.made = itertools.count(1)
        self.over = []
        self.processes = [self.begin() for _ in range(3)]

    def begin(self):
        return Process(self, str(next(self.made)))

    def make(self, room):
        return draft(room=room).with_id(id_at(1e9 + self.time.now + next(self.made) / 1e6))

    def end(self, which):
        self.processes[which].fail(is_over=True)
        self.over.append(self.processes[which])
        self.processes[which] = self.begin()

    @rule(seconds=SECONDS)
    def pass_by(self, seconds):
        for _ in range(round(seconds / STEP)):
            self.time.pass_by(STEP)
            self.everybody_knows_what_they_should()

    @rule(which=WRITERS, room=st.sampled_from(ROOMS), lands_after=LANDS_AFTER)
    def write(self, which, room, lands_after):
        self.processes[which].write(room, lands_after)

    @rule(which=WRITERS, room=st.sampled_from(ROOMS), lands_after=LANDS_AFTER)
    def write_and_die(self, which, room, lands_after):
        self.write(which, room, lands_after)
        self.end(which)

    @rule(which=WRITERS)
    def stop(self, which):
        process = self.processes[which]
        if not process.is_frozen:
            process.lease.end(is_idle=lambda: not process.is_writing)
            self.end(which)

    @rule(which=WRITERS, seconds=SECONDS)
    def freeze(self, which, seconds):
        process = self.processes[which]
        process.fail(is_frozen=True)
        self.time.pass_by(seconds)
        process.thaw()

    @rule(which=PROCESSES, seconds=SECONDS)
    def cut_off(self, which, seconds):
        process = self.processes[which]
        process.fail(is_cut_off=True)
        self.time.pass_by(seconds)
        process.fail(is_cut_off=False)

    @rule(seconds=SECONDS, takes_writes=st.booleans(), takes_reads=st.booleans())
    def fail(self, seconds, takes_writes, takes_reads):
        """An outage of the storage."""
        self.containers.takes_writes, self.containers.takes_reads = takes_writes, takes_reads
        self.time.pass_by(seconds)
        self.containers.takes_writes = self.containers.takes_reads = True
        self.storage_well_since = self.time.now

    def everybody_knows_what_they_should(self):
        for process in self.processes:
            for message, landed_at in self.landed.items():
                writer = self.writers[message]
                well_since = max(process.well_since, writer.well_since, self.storage_well_since)
                has_died = writer in self.over and writer.name in self.containers.records
                within = SEEN_AFTER_A_DEATH_WITHIN if has_died else SEEN_WITHIN
                if self.time.now - max(landed_at, well_since) >= within:
                    assert message.id in process.known

    def teardown(self):
        self.pass_by(APPEND_WITHIN + MAY_LAND_WITHIN + SEEN_AFTER_A_DEATH_WITHIN)


World.TestCase.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)
TestWorld = World.TestCase
