"""Looking people up: cached for a moment, in one read, and never older than what is known here."""

import pytest

from chat.accounts import profiles
from chat.accounts.profiles import GOOD_FOR, Profiles
from chat.errors import Unavailable
from chat.storage.accounts import Profile


class Records:
    """Profiles in a storage, which notes what it was asked."""

    def __init__(self):
        self.people = {}
        self.reads = []
        self.is_down = False

    def profiles(self, people):
        self.reads.append(people)
        if self.is_down:
            raise Unavailable("down")
        return {person: self.people[person] for person in people if person in self.people}


class Noted:
    """What isn't recorded yet."""

    def __init__(self):
        self.times = {}

    def unrecorded(self, people):
        return {person: at for person, at in self.times.items() if person in people}


ANN, BEN = Profile("a", "Ann", last_here=10.0), Profile("b", "Ben")


@pytest.fixture
def records():
    records = Records()
    records.people = {"a": ANN, "b": BEN}
    return records


@pytest.fixture
def noted():
    return Noted()


@pytest.fixture
def people(records, noted, clock):
    return Profiles(records, noted, clock)


def test_many_are_found_in_one_read_in_their_order_without_repetitions(people, records):
    assert people.find(["b", "x", "a", "b"]) == [BEN, ANN]
    assert records.reads == [["b", "x", "a"]]
    assert people.find([]) == []
    assert len(records.reads) == 1


def test_who_is_cached_is_not_read_until_the_cache_is_old(people, records, clock):
    people.find(["a"])
    records.people["a"] = anna = ANN._replace(name="Anna")
    assert people.find(["a", "b"]) == [ANN, BEN]
    assert records.reads == [["a"], ["b"]]
    clock.now += GOOD_FOR
    assert people.find(["a"]) == [anna]


def test_whoever_is_gone_from_the_records_is_not_found_any_more(people, records, clock):
    people.find(["a"])
    del records.people["a"]
    clock.now += GOOD_FOR
    assert people.find(["a"]) == []


def test_what_is_not_recorded_yet_counts(people, noted):
    noted.times = {"a": 12.0, "b": 5.0, "x": 1.0}
    assert [each.last_here for each in people.find(["a", "b", "x"])] == [12.0, 5.0]
    noted.times = {"a": 9.0}
    assert [each.last_here for each in people.find(["a", "b"])] == [10.0, 0.0]


def test_in_an_outage_those_who_are_cached_are_found(people, records):
    people.find(["a"])
    records.is_down = True
    assert people.find(["a"]) == [ANN]
    with pytest.raises(Unavailable):
        people.find(["a", "b"])


def test_memory_is_bounded(people, records, monkeypatch):
    monkeypatch.setattr(profiles, "REMEMBERED", 2)
    records.people = {str(n): Profile(str(n), str(n)) for n in range(9)}
    assert len(people.find(list(records.people)[:2])) == 2
    for n in range(9):
        people.find([str(n)])
    assert len(people._cache) == 2
