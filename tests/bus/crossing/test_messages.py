"""Where messages of other processes may have been missed, rooms are read again, but not often."""

import pytest

from chat.bus.crossing.messages import SUSPECT_ALL_EVERY, Messages
from tests.bus.crossing.wires import Wire
from tests.virtual_time import VirtualTime


class Here:
    """The writer, the announcements and the continuity of one process."""

    def __init__(self):
        self.continuity = self
        self.suspected = []

    def suspect(self, room_id):
        self.suspected.append(room_id)

    def suspect_all(self):
        self.suspected.append("all")

    def __getattr__(self, name):
        return lambda *_: None


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def here(time):
    here, bus = Here(), Wire().bus()
    Messages(bus, here, here, here, time.start, time.sleep, time.clock)
    (here.missed,) = bus.suspect
    return here


def test_what_may_be_missing_is_read_at_once(here, time):
    here.missed("p2", "room:general")
    here.missed("p2", "person:ann")
    assert here.suspected == ["general"]
    here.missed("p2", "")
    time.pass_by(0)
    assert here.suspected == ["general", "all"]


def test_after_an_outage_each_process_is_a_reason_but_all_rooms_are_read_twice(here, time):
    for number in range(50):
        here.missed(f"p{number}", "")
        time.pass_by(0)
    assert here.suspected == ["all"]
    time.pass_by(SUSPECT_ALL_EVERY)
    assert here.suspected == ["all", "all"]
    time.pass_by(60)
    assert here.suspected == ["all", "all"]
