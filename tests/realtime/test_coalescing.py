"""Coalescing, with time that passes only when the test says so."""

import heapq

import pytest

from chat.realtime.coalescing import Coalescer


class Time:
    """A clock, and tasks that sleep on it."""

    def __init__(self):
        self.now = 100.0
        self._tasks = []
        self._count = 0

    def clock(self):
        return self.now

    def start_task(self, function, due, key):
        self._count += 1
        heapq.heappush(self._tasks, (due, self._count, function, key))

    def pass_by(self, seconds):
        end = self.now + seconds
        while self._tasks and self._tasks[0][0] <= end:
            due, _, function, key = heapq.heappop(self._tasks)
            self.now = max(self.now, due)
            function(due, key)
        self.now = end


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def announced():
    return []


@pytest.fixture
def coalescer(time, announced):
    def announce(key):
        announced.append((key, time.now))

    return Coalescer(announce, lambda: 1.0, time.start_task, lambda _seconds: None, time.clock)


def test_the_first_mark_is_announced_at_once(coalescer, time, announced):
    coalescer.mark("tech")
    time.pass_by(0)
    assert announced == [("tech", 100.0)]


def test_many_marks_are_announced_once_in_an_interval(coalescer, time, announced):
    for _ in range(50):
        coalescer.mark("tech")
        time.pass_by(0.1)
    time.pass_by(1)
    assert [round(moment, 1) for _, moment in announced] == [
        100.0,
        101.0,
        102.0,
        103.0,
        104.0,
        105.0,
    ]


def test_keys_have_intervals_of_their_own(coalescer, time, announced):
    coalescer.mark("tech")
    coalescer.mark("general")
    time.pass_by(0)
    assert sorted(key for key, _ in announced) == ["general", "tech"]


def test_a_mark_for_later_waits_and_one_for_now_does_not(coalescer, time, announced):
    coalescer.mark("tech", 5)
    time.pass_by(1)
    assert announced == []
    coalescer.mark("tech")
    time.pass_by(0)
    assert announced == [("tech", 101.0)]
    time.pass_by(10)
    assert len(announced) == 1


def test_nothing_is_kept_while_nothing_is_marked(coalescer, time):
    coalescer.mark("tech")
    time.pass_by(2)
    assert not coalescer._due
