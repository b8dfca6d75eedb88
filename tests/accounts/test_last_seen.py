"""When people were last here: noted at once, recorded soon, and at nobody's expense."""

import pytest

from chat.accounts import last_seen
from chat.accounts.last_seen import AT_ONCE, EVERY, LastSeen
from chat.errors import Unavailable
from tests.virtual_time import VirtualTime


class Records:
    """What is written of sessions in use; `trouble` is raised instead."""

    def __init__(self):
        self.times, self.rounds, self.trouble = {}, [], None
        self.meanwhile = lambda: None

    def seen(self, times):
        if self.trouble:
            raise self.trouble
        self.rounds.append(len(times))
        self.times |= times
        self.meanwhile()


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def records():
    return Records()


@pytest.fixture
def seen(records, time):
    seen = LastSeen(records, time.sleep, time.clock)
    time.start(seen.follow)
    time.pass_by(1)
    return seen


ANN, ANNS_PHONE, BEN = ("a", "desk"), ("a", "phone"), ("b", "desk")


def test_the_newest_time_of_a_session_is_recorded_once(seen, records, time):
    seen.note(ANN)
    time.pass_by(2)
    seen.note(ANN)
    seen.note(BEN)
    time.pass_by(EVERY)
    assert (records.times, records.rounds) == ({ANN: 3.0, BEN: 3.0}, [2])
    time.pass_by(5 * EVERY)
    assert records.rounds == [2]


def test_one_round_writes_only_so_many(seen, records, time):
    for number in range(AT_ONCE + 1):
        seen.note(("p", f"{number:03}"))
    time.pass_by(EVERY)
    assert records.rounds == [AT_ONCE]
    time.pass_by(EVERY)
    assert records.rounds == [AT_ONCE, 1]


def test_what_is_noted_during_a_write_is_written_with_the_next(seen, records, time):
    def note_again():
        time.now += 1
        seen.note(ANN)
        records.meanwhile = lambda: None

    records.meanwhile = note_again
    seen.note(ANN)
    time.pass_by(3 * EVERY)
    assert records.times == {ANN: EVERY + 1}
    assert records.rounds == [1, 1]


def test_an_outage_delays_it(seen, records, time):
    records.trouble = Unavailable("down")
    seen.note(ANN)
    time.pass_by(5 * EVERY)
    records.trouble = None
    time.pass_by(EVERY)
    assert records.times == {ANN: 1.0}


def test_a_bug_is_logged_and_does_not_repeat_for_ever(seen, records, time, caplog):
    records.trouble = ZeroDivisionError()
    seen.note(ANN)
    time.pass_by(5 * EVERY)
    assert caplog.messages == ["When people were last here could not be recorded"]
    records.trouble = None
    seen.note(BEN)
    time.pass_by(EVERY)
    assert records.times.keys() == {BEN}


def test_a_long_outage_takes_only_so_much_memory(seen, records, time, monkeypatch):
    monkeypatch.setattr(last_seen, "REMEMBERED", 2)
    for key in (ANN, ANNS_PHONE, BEN):
        seen.note(key)
    time.pass_by(EVERY)
    assert records.times.keys() == {ANNS_PHONE, BEN}
    assert seen._noted == seen._latest == {}


def test_what_is_not_recorded_yet_is_known_by_person(seen, time):
    seen.note(ANNS_PHONE)
    time.pass_by(1)
    seen.note(ANN)
    seen.note(BEN)
    assert seen.unrecorded(["a", "c"]) == {"a": 2.0}
    time.pass_by(EVERY)
    assert seen.unrecorded(["a", "c"]) == {}


def test_what_was_noted_last_is_known_until_that_is_recorded(seen, records, time, monkeypatch):
    monkeypatch.setattr(last_seen, "AT_ONCE", 1)
    seen.note(ANNS_PHONE)
    time.pass_by(1)
    seen.note(ANN)
    time.pass_by(EVERY)
    assert records.times.keys() == {ANNS_PHONE}
    assert seen.unrecorded(["a"]) == {"a": 2.0}
    time.pass_by(EVERY)
    assert seen.unrecorded(["a"]) == {}
