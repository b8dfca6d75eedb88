"""A name that somebody has in another process is taken."""

import pytest

from chat.accounts.names_in_use import NamesInUse
from chat.bus.crossing.names import Names
from chat.errors import Conflict
from tests.bus.crossing.wires import Wire


class Process:
    def __init__(self, bus, clock):
        self.bus = bus
        self.names = NamesInUse(lambda _id: False, clock)
        self.lost = []
        Names(bus, self.names, self.lost.append)


@pytest.fixture
def three(clock):
    wire = Wire()
    return [Process(wire.bus(), clock) for _ in range(3)]


def test_a_name_belongs_to_one_person_in_all_processes(three):
    here, there, third = three
    here.names.take("Ann", "1")
    with pytest.raises(Conflict):
        there.names.take("Аnn", "2")
    third.names.take("Ann", "1")
    there.names.take("Ben", "2")
    with pytest.raises(Conflict):
        there.names.take("Ann", "2", instead_of="2")


def test_who_was_refused_has_nothing(three):
    here, there, _ = three
    here.names.take("Ann", "1")
    with pytest.raises(Conflict):
        there.names.take("Ann", "2")
    there.names.take("Ann", "1")
    here.names.take("Ann", "1")


def test_somebody_who_signs_in_as_another_may_keep_the_name(three):
    here, there, _ = three
    here.names.take("Ann", "1")
    there.names.take("Ann", "2", instead_of="1")


def test_an_owner_of_before_comes_first(three):
    here, there, _ = three
    there.names.take("Ann", "a stranger")
    assert here.names.take("Ann", "the owner", comes_first=True) == set()
    assert there.lost == ["a stranger"]
    with pytest.raises(Conflict):
        there.names.take("Ann", "a stranger")


def test_who_is_refused_elsewhere_takes_the_name_from_nobody_here(three):
    here, _, _ = three
    here.names.take("Ann", "a stranger")
    here.names.take("Bea", "a stranger")
    here.names.is_used_elsewhere = lambda _wish: True
    with pytest.raises(Conflict):
        here.names.take("Ann", "the owner", comes_first=True)
    with pytest.raises(Conflict):
        here.names.take("Ann", "the same person", instead_of="a stranger")
    here.names.is_used_elsewhere = lambda _wish: False
    for name in ("Ann", "Bea"):
        with pytest.raises(Conflict):
            here.names.take(name, "somebody else")
        here.names.take(name, "a stranger")
    assert here.names.take("Ann", "the owner", comes_first=True) == {"a stranger"}
    here.names.take("Bea", "somebody else")


def test_a_name_that_one_has_already_is_not_asked_for(three, monkeypatch):
    here, _, _ = three
    here.names.take("Ann", "1")
    monkeypatch.setattr(here.bus, "ask", lambda *_: pytest.fail("it asked"))
    here.names.take("Ann", "1")


def test_a_name_that_was_given_back_is_free_everywhere(three):
    here, there, _ = three
    here.names.take("Ann", "1")
    here.names.give_back("Ann", "1")
    there.names.take("Ann", "2")
