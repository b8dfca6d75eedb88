"""Random runs with losses, delays and crashes: no reader misses a message without noticing.

In the end every reader has every message. The runs use real reads, numbers and marks, and two kinds
of readers: the browser's own classes, and the few lines that the wire contract shows.
"""

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chat.realtime.continuity import READ_AFTER, SHARED_FOR
from tests.continuity_world import LATEST_LANDING, World
from tests.faults.counting import Counting
from tests.room_bridge import RoomBridge

READERS = 3


class FewLines:
    """Readers as in the wire contract, with the interface of `RoomBridge`."""

    def __init__(self):
        self._readers = {}
        self._requests = itertools.count(1)
        self._asked = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def make(self, reader, **_options):
        self._readers[reader] = _Reader()
        return []

    def connect(self, reader):
        return self._join(reader)

    def _join(self, reader):
        me = self._readers[reader]
        me.counting.forget()
        me.arrived = set()
        me.joins_at = None
        number = next(self._requests)
        self._asked[number] = reader
        payload = {"room": "general", **me.cursor()}
        return [{"reader": reader, "request": number, "event": "join", "payload": payload}]

    def lose(self, reader):
        self._readers[reader].counting.forget()
        self._readers[reader].joins_at = None
        return []

    def event(self, reader, name, payload):
        me = self._readers[reader]
        if name == "message" and not (me.has_more and payload["id"] < min(me.held, default="")):
            me.held.add(payload["id"])
            me.arrived.add(payload["id"])
        if me.counting.takes(name, payload):
            me.mend()
        return []

    def answer(self, request, answer):
        me = self._readers[self._asked[request]]
        page = {message["id"] for message in answer["messages"]}
        if not answer["recovered"]:
            me.held = {id_ for id_ in me.arrived if id_ > min(page, default="")}
            me.has_more = answer["more"]
        me.held |= page
        if me.counting.joined(answer):
            me.mend()
        return []

    def tick(self, milliseconds):
        asked = []
        for name, me in self._readers.items():
            if me.joins_at is not None:
                me.joins_at -= milliseconds
                if me.joins_at <= 0:
                    asked += self._join(name)
        return asked

    def state(self, reader):
        me = self._readers[reader]
        return {"held": sorted(me.held), "cursor": me.cursor()}


class _Reader:
    def __init__(self):
        self.held = set()
        self.arrived = set()  # since the request to join
        self.has_more = False  # whether there are messages before the oldest held one
        self.counting = Counting(lambda: self.held)
        self.joins_at = None

    def mend(self):
        self.counting.forget()
        self.joins_at = 500 if self.joins_at is None else self.joins_at

    def cursor(self):
        return self.counting.cursor


class Lives(RuleBasedStateMachine):
    """What may happen to a room."""

    make_readers = FewLines
    skews = (0.0,)
    clocks = ()  # by how many seconds a clock may be ahead after a restart; without any, as before
    keeps_order = False
    has_bus = False
    quiet_s = 0  # seconds that pass first

    @initialize()
    def begin(self):
        self.readers = self.make_readers()
        self.readers.__enter__()
        how = {"keeps_order": self.keeps_order, "has_bus": self.has_bus}
        self.world = World(self.readers, self.skews, **how)
        self.names = [self.world.admit() for _ in range(READERS)]
        self.world.pass_by(self.quiet_s)
        for number in range(READERS):
            self.join(number)

    def teardown(self):
        if hasattr(self, "world"):
            try:
                self.world.come_to_rest()
                stored = self.world.stored()
                for name in self.names:
                    held = self.readers.state(name)["held"]
                    assert held == stored[len(stored) - len(held) :], f"{name} lacks something"
                    assert held or not stored
            finally:
                self.readers.__exit__(None, None, None)

    chosen = st.integers(0, 5)

    def server(self, number):
        return self.world.servers[number % len(self.world.servers)]

    def name(self, number):
        return self.names[number % READERS]

    @rule(number=chosen)
    def connect(self, number):
        if self.name(number) not in self.world.at:
            self.world.connect(self.name(number), self.server(number))

    @rule(number=chosen)
    def join(self, number):
        self.connect(number)
        self.world.answer(self.name(number))

    @rule(number=chosen)
    def break_connection(self, number):
        self.world.lose(self.name(number))

    @rule(number=chosen)
    def come_back(self, number):
        self.world.lose(self.name(number))
        self.join(number)

    @rule(number=chosen)
    def answer(self, number):
        self.world.answer(self.name(number))

    @rule(number=chosen)
    def deliver(self, number):
        self.world.deliver(self.name(number))

    @rule(number=chosen)
    def lose_events(self, number):
        self.world.lose_events(self.name(number))

    @rule(number=chosen, count=st.integers(1, 5))
    def write(self, number, count):
        for _ in range(count):
            self.server(number).write()
            self.world.time.pass_by(0.001)

    @precondition(lambda self: not self.clocks)
    @rule(
        number=chosen, late=st.sampled_from([0.1, 3, LATEST_LANDING]), told=st.sampled_from([0, 3])
    )
    def write_late(self, number, late, told):
        self.server(number).write(late, told)

    @precondition(lambda self: self.has_bus)
    @rule(number=chosen, seconds=st.sampled_from([0.5, 3, 8]), count=st.integers(1, 3))
    def write_unheard(self, number, seconds, count):
        writer = self.server(number)
        for server in self.world.servers:
            if server is not writer:
                self.world.bus.cut_off(server, seconds)
        self.write(number, count)

    @precondition(lambda self: not self.has_bus)  # there it has a rule of its own
    @rule(number=chosen, comes_back=st.booleans(), clock=chosen)
    def kill(self, number, comes_back, clock):
        server = self.server(number)
        clocks = self.clocks or (server.skew,)
        gone = self.world.kill(server, clocks[clock % len(clocks)])
        for name in gone if comes_back else ():
            self.join(self.names.index(name))

    @precondition(lambda self: self.has_bus)
    @rule(
        number=chosen,
        late=st.sampled_from([0.1, LATEST_LANDING]),
        dies_after=st.sampled_from([1, 4, 11]),
        comes_back=st.booleans(),
    )
    def kill_while_it_writes(self, number, late, dies_after, comes_back):
        """The message is not stored yet, is stored and not published, or is published."""
        self.write_late(number, late, told=3)
        self.pass_by(dies_after)
        self.kill(number, comes_back, clock=0)

    @rule(seconds=st.sampled_from([0.25, 1, 3, 6, 11]))
    def pass_by(self, seconds):
        self.world.pass_by(seconds)

    @invariant()
    def nobody_believes_to_have_what_is_missing(self):
        if not hasattr(self, "world"):
            return
        stored = self.world.stored()
        for name in self.names:
            state = self.readers.state(name)
            up_to, held = state["cursor"].get("up_to"), set(state["held"])
            if up_to and held:
                oldest = min(held)
                missing = [id_ for id_ in stored if oldest <= id_ <= up_to and id_ not in held]
                assert not missing, f"{name} claims to have all up to {up_to}, but lacks {missing}"


class SharedTable(Lives):
    skews = (0.0, 1.4, -1.4)


class WrongClocks(Lives):
    """Each restart of the server may give it another clock; no write is late."""

    clocks = (0.0, 600.0, -600.0)


class OneServer(WrongClocks):
    keeps_order = True


class Bus(SharedTable):
    """Publications may be lost, and are followed by a suspicion."""

    has_bus = True
    quiet_s = SHARED_FOR + READ_AFTER  # rooms are not read again and again any more


class BusOnOneFile(Bus):
    keeps_order = True


class Browsers(SharedTable):
    make_readers = RoomBridge


class BrowsersOfOneServer(OneServer):
    make_readers = RoomBridge


def life(examples):
    return settings(
        max_examples=examples,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("lives", [Lives, SharedTable, WrongClocks, OneServer, Bus, BusOnOneFile])
def test_readers_of_the_wire_contract_miss_nothing(lives):
    _run(lives, life(100))


@pytest.mark.parametrize("lives", [Browsers, BrowsersOfOneServer])
def test_readers_in_the_browser_miss_nothing(lives):
    _run(lives, life(20))


def _run(lives, life):
    case = lives.TestCase
    case.settings = life
    case().runTest()
