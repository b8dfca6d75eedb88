"""How long a message was on its way, as far as the server can know."""

import pytest

from chat.accounts.person import Person
from chat.realtime.connections import Connections
from chat.realtime.lateness import BACKLOG, BEAT, STANDSTILL, Lateness
from tests.clock import Clock


class Process:
    """A process that can stand still, with one connection."""

    def __init__(self):
        self.clock = Clock()
        self.connections = Connections(0, 0, clock=self.clock)
        self.connections.add("1", Person("a", "Ann"))
        self.lateness = Lateness(self.connections, self.start, self.sleep, self.clock)

    def start(self, task):
        self.task = task

    def sleep(self, seconds):
        raise InterruptedError  # never called: the tests make the beats

    def of(self, connected_ms=None):
        return self.lateness.of(self.connections.get("1"), connected_ms)

    def beat(self):
        """Let the beat that is due happen."""
        self.lateness._backlog()
        self.lateness._beat_at = self.clock()


@pytest.fixture
def process():
    process = Process()
    process.lateness.watch()
    return process


def test_a_message_that_says_when_it_left_is_as_late_as_that(process):
    process.clock.now += 100
    assert process.of(connected_ms=100_000) == 0
    assert process.of(connected_ms=98_000) == 2
    assert process.of(connected_ms=0) == 100
    assert process.of(connected_ms=100_500) == 0, "the clock of the client is fast"


def test_one_that_does_not_say_is_late_where_the_process_stood_still(process):
    for _ in range(10):
        process.clock.now += BEAT
        process.beat()
    assert process.of() == 0
    process.clock.now += 13
    assert process.of() == pytest.approx(13)
    for _ in range(int(BACKLOG / BEAT)):
        process.beat()
        assert process.of() == pytest.approx(13), "queued messages aren't all read at once"
        process.clock.now += BEAT
    assert process.of() == 0


def test_it_does_not_matter_whether_the_message_or_the_beat_comes_first(process):
    process.clock.now += 13
    process.beat()
    assert process.of() == pytest.approx(13)


def test_a_busy_moment_is_no_standstill(process):
    process.clock.now += BEAT + STANDSTILL
    assert process.of() == 0


def test_it_is_watched_once(process):
    process.task = None
    process.lateness.watch()
    assert process.task is None


def test_what_comes_after_a_standstill_and_before_the_next_beat_is_as_late_as_the_first(process):
    process.clock.now += 13
    late = process.of()
    process.clock.now += BEAT
    assert process.of() == late
