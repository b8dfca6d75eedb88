"""Coalescing, in virtual time."""

from functools import partial

import pytest

from chat.realtime.coalescing import Coalescer
from tests.virtual_time import VirtualTime


@pytest.fixture
def time():
    time = VirtualTime()
    time.now = 100.0
    return time


@pytest.fixture
def announced():
    return []


@pytest.fixture
def coalescer(time, announced):
    def announce(key):
        announced.append((key, time.now))

    def start(function, *arguments):
        time.start(partial(function, *arguments))

    return Coalescer(announce, lambda: 1.0, start, time.sleep, time.clock)


def test_the_first_mark_is_announced_at_once(coalescer, time, announced):
    coalescer.request("tech")
    time.pass_by(0)
    assert announced == [("tech", 100.0)]


def test_many_marks_are_announced_once_in_an_interval(coalescer, time, announced):
    for _ in range(50):
        coalescer.request("tech")
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
    coalescer.request("tech")
    coalescer.request("general")
    time.pass_by(0)
    assert sorted(key for key, _ in announced) == ["general", "tech"]


def test_a_mark_for_later_waits_and_one_for_now_does_not(coalescer, time, announced):
    coalescer.request("tech", 5)
    time.pass_by(1)
    assert announced == []
    coalescer.request("tech")
    time.pass_by(0)
    assert announced == [("tech", 101.0)]
    time.pass_by(10)
    assert len(announced) == 1


def test_a_mark_for_later_changes_nothing_about_one_that_comes_sooner(coalescer, time, announced):
    coalescer.request("tech", 2)
    coalescer.request("tech", 5)
    time.pass_by(10)
    assert announced == [("tech", 102.0)]


def test_nothing_is_kept_while_nothing_is_marked(coalescer, time):
    coalescer.request("tech")
    time.pass_by(2)
    assert not coalescer._due
