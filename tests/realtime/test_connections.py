"""Who is connected, and how many are too many."""

import pytest

from chat.accounts.person import Person
from chat.errors import RateLimited
from chat.realtime.connections import Connections

ANN, BOB = Person("a", "Ann"), Person("b", "Bob")


def test_connections_are_found_by_id_and_by_person():
    connections = Connections(0, 0)
    connections.add("1", ANN)
    connections.add("2", ANN)
    connections.add("3", BOB)
    assert connections.get("1").person == ANN
    assert sorted(connections.sids("a")) == ["1", "2"]
    assert sorted(connections.sids()) == ["1", "2", "3"]
    assert (len(connections), connections.people) == (3, 2)
    assert connections.is_connected("a")


def test_what_has_ended_leaves_nothing_behind():
    connections = Connections(0, 0)
    connections.add("1", ANN)
    assert connections.remove("1").person == ANN
    assert connections.remove("1") is None
    assert connections.get("1") is None
    assert not connections.is_connected("a")
    assert len(connections) == 0
    assert connections._by_person == {}


def test_one_person_too_often_is_refused_and_others_are_not():
    connections = Connections(0, 1)
    connections.add("1", ANN)
    with pytest.raises(RateLimited):
        connections.add("2", ANN)
    connections.add("3", BOB)


def test_a_full_process_refuses_everybody():
    connections = Connections(1, 0)
    connections.add("1", ANN)
    with pytest.raises(RateLimited) as refusal:
        connections.add("2", BOB)
    assert refusal.value.retry_after > 0
    connections.remove("1")
    connections.add("2", BOB)


def test_one_address_too_often_is_refused_whoever_it_is_and_others_are_not():
    connections = Connections(0, 0, 1)
    connections.add("1", ANN, "192.0.2.1")
    with pytest.raises(RateLimited) as refusal:
        connections.add("2", BOB, "192.0.2.1")
    assert refusal.value.retry_after > 0
    connections.add("3", BOB, "192.0.2.2")
    connections.remove("1")
    connections.add("2", BOB, "192.0.2.1")
    for sid in ("2", "3"):
        connections.remove(sid)
    assert not connections._of_address


class Ending(str):
    """The id of a session: while it is put into a set, another connection ends."""

    __slots__ = ("end",)

    def __hash__(self):
        self.end()
        return hash(str(self))


def test_connections_may_end_while_they_are_searched():
    """As they do in other threads under `flask run`."""
    connections = Connections(0, 0)
    session = Ending("desk")
    session.end = lambda: connections.remove("2")
    for sid in ("1", "2", "3"):
        connections.add(sid, ANN, session=session)
    assert len(connections.sessions()) > 0
    assert connections.sids() == ["1", "3"]
