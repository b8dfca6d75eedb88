"""Announcements of activity, in virtual time."""

import pytest

from chat.realtime.activity import (
    EVENTS_A_SECOND,
    LEAST_EVENTS_A_SECOND,
    TOGETHER,
    Activity,
    events_a_second,
)
from tests.virtual_time import VirtualTime

LIMIT = 5_000  # events a second


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def announced():
    return []


@pytest.fixture
def activity(time, announced):
    def announce(room_ids):
        announced.extend((room_id, time.now) for room_id in room_ids)
        return [100 * len(room_ids)]

    return Activity(announce, lambda: LIMIT, time.start, time.sleep, time.clock)


def test_a_room_is_announced_at_once(activity, announced, time):
    activity.request("tech")
    time.pass_by(0)
    assert announced == [("tech", 0)]


def test_a_busy_room_is_announced_once_a_second_and_in_the_end(activity, announced, time):
    for _ in range(25):
        activity.request("tech")
        time.pass_by(0.1)
    time.pass_by(5)
    assert announced == [("tech", 0), ("tech", 1), ("tech", 2), ("tech", 3)]


def test_a_quiet_room_does_not_wait_for_a_busy_one(activity, announced, time):
    activity.request("tech")
    time.pass_by(0.2)
    activity.request("tech")
    time.pass_by(0.2)
    activity.request("general")
    time.pass_by(0)
    assert announced[-1] == ("general", pytest.approx(0.4))


def test_many_rooms_are_announced_no_faster_than_the_limit(activity, announced, time):
    rooms = [f"room {number}" for number in range(100)]
    for room in rooms:
        activity.request(room)
    time.pass_by(0.99)
    by_then = LIMIT // 100
    assert by_then - TOGETHER < len(announced) <= by_then + TOGETHER
    time.pass_by(10)
    assert [room for room, _ in announced] == rooms


def test_one_part_of_the_people_after_the_other_is_told_of_several_rooms(time):
    def announce(room_ids):
        for part in ("Ann", "Ben"):
            told.append((part, room_ids, time.now))
            yield LIMIT // 10

    told = []
    activity = Activity(announce, lambda: LIMIT, time.start, time.sleep, time.clock)
    activity.request("tech")
    activity.request("general")
    time.pass_by(0.5)
    rooms = ["tech", "general"]
    assert told == [("Ann", rooms, 0), ("Ben", rooms, pytest.approx(0.1))]


def test_a_room_marked_while_it_waits_is_announced_once(activity, announced, time):
    activity.request("tech")
    activity.request("tech")
    time.pass_by(0.5)
    assert len(announced) == 1


def test_what_fails_for_one_room_does_not_stop_the_others(time):
    def announce(room_ids):
        announced.extend(room_ids)
        if room_ids == ["bad"]:
            raise RuntimeError
        return [0]

    announced = []
    activity = Activity(announce, lambda: LIMIT, time.start, time.sleep, time.clock)
    activity.request("bad")
    with pytest.raises(RuntimeError):
        time.pass_by(0)
    activity.request("good")
    time.pass_by(0)
    assert announced == ["bad", "good"]


def test_people_who_are_spread_over_processes_get_no_more_in_all():
    assert 2 * events_a_second(2_500) == events_a_second(5_000) == EVENTS_A_SECOND
    assert events_a_second(20_000) == EVENTS_A_SECOND
    assert events_a_second(3) == LEAST_EVENTS_A_SECOND
