"""Announcements of activity, with time that passes only when the test says so."""

import pytest

from chat.activity import EVENTS_A_SECOND, Activity
from tests.virtual_time import VirtualTime


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def announced():
    return []


@pytest.fixture
def activity(time, announced):
    def announce(room_id):
        announced.append((room_id, time.now))
        return 100

    return Activity(announce, time.start, time.sleep, time.clock)


def test_a_room_is_announced_at_once(activity, announced, time):
    activity.mark("tech")
    time.pass_by(0)
    assert announced == [("tech", 0)]


def test_a_busy_room_is_announced_once_a_second_and_in_the_end(activity, announced, time):
    for _ in range(25):
        activity.mark("tech")
        time.pass_by(0.1)
    time.pass_by(5)
    assert announced == [("tech", 0), ("tech", 1), ("tech", 2), ("tech", 3)]


def test_a_quiet_room_does_not_wait_for_a_busy_one(activity, announced, time):
    activity.mark("tech")
    time.pass_by(0.2)
    activity.mark("tech")
    time.pass_by(0.2)
    activity.mark("general")
    time.pass_by(0)
    assert announced[-1] == ("general", pytest.approx(0.4))


def test_many_rooms_are_announced_no_faster_than_the_limit(activity, announced, time):
    rooms = [f"room {number}" for number in range(100)]
    for room in rooms:
        activity.mark(room)
    time.pass_by(0.99)
    assert [room for room, _ in announced] == rooms[: EVENTS_A_SECOND // 100]
    time.pass_by(10)
    assert [room for room, _ in announced] == rooms


def test_a_room_marked_while_it_waits_is_announced_once(activity, announced, time):
    activity.mark("tech")
    activity.mark("tech")
    time.pass_by(0.5)
    assert len(announced) == 1


def test_what_fails_for_one_room_does_not_stop_the_others(time):
    def announce(room_id):
        announced.append(room_id)
        if room_id == "bad":
            raise RuntimeError
        return 0

    announced = []
    activity = Activity(announce, time.start, time.sleep, time.clock)
    activity.mark("bad")
    with pytest.raises(RuntimeError):
        time.pass_by(0)
    activity.mark("good")
    time.pass_by(0)
    assert announced == ["bad", "good"]
