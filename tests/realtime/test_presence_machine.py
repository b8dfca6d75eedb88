"""Random lives of three processes: in the end the clients of each see the people of all."""

import itertools
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chat.realtime import presence
from chat.realtime.announcements import INTERVAL
from chat.realtime.presence import GRACE
from tests.presence_world import CROSSING, ROOM, STAY, World

FEW = 3  # people; of more, only the number is told

processes = st.integers(0, 2)
people = st.sampled_from("abcd")
names = st.sampled_from(["", " the Second"])  # somebody may have two: a new name here is old there


class Lives(RuleBasedStateMachine):
    """What may happen to the people of a room."""

    def __init__(self):
        super().__init__()
        self.patch = patch.object(presence, "LISTED", FEW)
        self.patch.start()
        self.numbers = itertools.count()
        self.world = World(["one", "two", "three"])

    def process(self, number):
        return self.world.processes[number]

    def connection(self, number, which):
        connections = list(self.process(number).connections)
        return connections[which % len(connections)] if connections else None

    @rule(number=processes, id_=people, name=names)
    def enter(self, number, id_, name):
        self.process(number).enter(f"sid {next(self.numbers)}", id_, f"Person {id_}{name}")

    @rule(number=processes, which=processes, grace=st.sampled_from([0, GRACE]))
    def leave(self, number, which, grace):
        if connection := self.connection(number, which):
            self.process(number).leave(connection, grace)

    @rule(number=processes, which=processes, to=processes, after=st.sampled_from([0, 2, GRACE]))
    def move(self, number, which, to, after):
        if connection := self.connection(number, which):
            person = self.process(number).connections[connection]
            self.process(number).leave(connection, GRACE)
            self.world.time.pass_by(after)
            self.process(to).enter(connection, *person)

    @rule(number=processes, id_=people)
    def give_up(self, number, id_):
        self.process(number).presence.give_up_on(id_)

    @rule(sender=processes, receiver=processes)
    def turn_deaf(self, sender, receiver):
        if sender != receiver:
            self.world.deaf.add((self.process(sender).name, self.process(receiver).name))

    @rule(sender=processes, receiver=processes, is_deaf=st.booleans())
    def heal(self, sender, receiver, is_deaf):
        sender, receiver = self.process(sender), self.process(receiver)
        if sender is not receiver:
            if not is_deaf:
                self.world.deaf.discard((sender.name, receiver.name))
            self.world.heal(receiver, sender)

    @rule(sender=processes, receiver=processes)
    def lose(self, sender, receiver):
        if sender != receiver:
            self.world.lose(self.process(receiver), self.process(sender))

    @rule(number=processes)
    def restart(self, number):
        self.world.restart(self.process(number), f"process {next(self.numbers)}")

    @rule(number=processes)
    def forget(self, number):
        """Nobody was there for a while; then somebody is, and all others are asked."""
        receiver = self.process(number)
        receiver.presence.forget_elsewhere(ROOM)
        for sender in self.world.processes:
            if sender is not receiver:
                self.world.heal(receiver, sender)

    @rule(seconds=st.sampled_from([0, 0.3, 1, 3, GRACE, STAY]))
    def pass_by(self, seconds):
        self.world.time.pass_by(seconds)

    @invariant()
    def whoever_is_connected_is_here_under_one_of_the_names(self):
        for process in self.world.processes:
            here = {each["id"]: each["name"] for each in process.presence.here(ROOM)}
            for person in process.connections.values():
                assert here[person.id] in self.world.names()[person.id]

    def teardown(self):
        self.world.come_to_rest()
        self.patch.stop()
        names = self.world.names()
        for process in self.world.processes:
            assert process.count == process.presence.count(ROOM) == len(names), process.name
            here = {person.id for person in process.connections.values()}
            assert {each["id"] for each in process.presence.here(ROOM)} == here
            if len(names) <= FEW:
                assert process.shown.keys() == names.keys(), process.name
                assert all(name in names[id_] for id_, name in process.shown.items())


def test_in_the_end_everybody_sees_the_people_of_all_processes():
    life = settings(
        max_examples=300,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Lives, settings=life)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    away=st.floats(0, GRACE),
    busy=st.floats(0, 1.5 * INTERVAL),
)
def test_whoever_goes_to_another_process_in_time_never_was_away(away, busy):
    """`busy` seconds before, somebody else has come there, so the report has to wait."""
    world = World(["one", "two", "three"])
    one, two, _ = world.processes
    one.enter("1", "a", "Ann")
    world.time.pass_by(10)
    one.leave("1", GRACE)
    world.time.pass_by(max(0, away - busy))
    two.enter("2", "b", "Bob")
    world.time.pass_by(min(away, busy))
    two.enter("3", "a", "Ann")
    world.time.pass_by(GRACE + 2 * INTERVAL + CROSSING)
    for process in world.processes:
        assert process.shown == {"a": "Ann", "b": "Bob"}
        assert process.seen_off == []
