"""Processes on a bus that fails: in the end all see the people of all."""

import itertools

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from chat.bus.peers import GONE_AFTER
from chat.realtime.presence import GRACE
from tests.bus.crossing.presence_on_a_bus import World

ROOMS = ("general", "tech")

# Seconds in which all agree again: a process that is gone is forgotten after GONE_AFTER, and its
# people leave after their grace.
AT_REST_AFTER = GONE_AFTER + 2 * GRACE + 5

processes = st.integers(0, 2)
rooms = st.sampled_from(ROOMS)


class Lives(RuleBasedStateMachine):
    """What may happen to people, processes and the bus."""

    def __init__(self):
        super().__init__()
        self.numbers = itertools.count()
        self.world = World(3)

    def process(self, number):
        return self.world.processes[number]

    @rule(number=processes, id_=st.sampled_from("abc"), room=rooms)
    def enter(self, number, id_, room):
        if not self.process(number).is_frozen:
            self.process(number).enter(f"sid {next(self.numbers)}", id_, room)

    @rule(number=processes, which=processes, grace=st.sampled_from([0, GRACE]))
    def leave(self, number, which, grace):
        process = self.process(number)
        if process.connections and not process.is_frozen:
            process.leave(list(process.connections)[which % len(process.connections)], grace)

    @rule(number=processes)
    def all_leave(self, number):
        process = self.process(number)
        if not process.is_frozen:
            for connection in list(process.connections):
                process.leave(connection)

    @rule(number=processes, room=rooms)
    def look(self, number, room):
        if not self.process(number).is_frozen:
            self.process(number).look(room)

    @rule(count=st.integers(1, 10))
    def lose(self, count):
        lost = iter(range(count))
        self.world.server.loses = lambda *_: next(lost, None) is not None

    @rule()
    def stop_the_server(self):
        self.world.server.stop()

    @rule()
    def start_the_server(self):
        self.world.server.is_up = True

    @rule(number=processes)
    def freeze(self, number):
        self.process(number).is_frozen = True

    @rule(number=processes)
    def thaw(self, number):
        self.process(number).is_frozen = False

    @rule(number=processes, is_planned=st.booleans())
    def replace(self, number, is_planned):
        self.world.replace(self.process(number), is_planned=is_planned)

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.2, 4, GRACE + 2, GONE_AFTER + 1]))
    def pass_by(self, seconds):
        self.world.time.pass_by(seconds)

    def teardown(self):
        self.world.come_to_rest(AT_REST_AFTER)
        for process in self.world.processes:
            for room in ROOMS:
                seen = {each["id"] for each in process.presence.people(room)}
                here = self.world.here(room)
                assert seen == (set() if process.presence.is_empty(room) else here), room
            process.end()
        self.world.time.pass_by(1)


def test_in_the_end_everybody_sees_the_people_of_all_processes():
    life = settings(max_examples=300, stateful_step_count=30, deadline=None, derandomize=True)
    run_state_machine_as_test(Lives, settings=life)


def people(process, room="general"):
    return {each["id"] for each in process.presence.people(room)}


def two_with_people():
    """A world of two processes with one person each in the same room."""
    world = World(2)
    one, other = world.processes
    world.time.pass_by(2)
    one.enter("sid 1", "a", "general")
    other.enter("sid 2", "b", "general")
    world.time.pass_by(4)
    assert people(one) == people(other) == {"a", "b"}
    return world, one, other


def test_a_question_that_was_lost_is_asked_again_also_about_a_room_that_is_empty_there():
    world, one, other = two_with_people()
    lost = {"people", "who"}

    def loses(process, publication):
        """Loses that somebody has left, and then the question about it."""
        is_lost = process is other and publication.kind == "people"
        is_lost |= process is one and publication.kind == "who"
        if is_lost and publication.kind in lost and publication.sender != process.bus.process:
            lost.remove(publication.kind)
            return True
        return False

    world.server.loses = loses
    one.leave("sid 1")
    world.time.pass_by(10)
    assert not lost
    assert people(other) == {"b"}


def test_who_comes_back_to_a_room_that_was_closed_meanwhile_is_seen():
    """All connections broke at once, and a mark was due before they were there again."""
    world, one, other = two_with_people()
    one.leave("sid 1", GRACE)
    other.leave("sid 2", GRACE)
    one.look("general")
    other.look("general")
    one.enter("sid 3", "a", "general")
    world.time.pass_by(1.7)  # after a beat has announced the question, so that nothing is suspect
    other.enter("sid 4", "b", "general")
    world.time.pass_by(3)
    assert people(one) == people(other) == {"a", "b"}


def test_who_dies_before_the_first_beat_is_gone_in_time():
    world, one, _ = two_with_people()
    world.replace(world.processes[1], is_planned=True)
    newcomer = world.processes[1]
    world.server.loses = lambda _process, publication: publication.kind == "beat"
    world.time.pass_by(1)
    newcomer.enter("sid 3", "c", "general")
    world.time.pass_by(1.5)
    assert "c" in people(one)
    newcomer.end()
    world.come_to_rest(GONE_AFTER + GRACE)
    assert people(one) == {"a"}
