"""Limits count over all processes, from the next beat on."""

import pytest

from chat.accounts.person import Person
from chat.bus.crossing import limits
from chat.bus.crossing.limits import Limits
from chat.delivery.allowance import Allowance
from chat.errors import RateLimited
from chat.realtime.connections import Connections
from tests.bus.crossing.wires import Wire

ANN = Person("ann", "Ann")


class Process:
    def __init__(self, bus, clock):
        self.bus = bus
        self.messages = Allowance(20, 10, clock)
        self.connections = Connections(0, 8, 8, clock)
        Limits(bus, {"messages": self.messages}, {"/rooms": self.connections})

    def send(self, times):
        return [self.messages.spend("ann") for _ in range(times)].count(True)


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def three(wire, clock):
    return [Process(wire.bus(), clock) for _ in range(3)]


def test_what_was_spent_at_one_counts_at_the_others(three, wire):
    here, there, _ = three
    assert here.send(15) == 15
    wire.beat()
    assert there.send(15) == 5
    wire.beat()
    assert [each.send(1) for each in three] == [0, 0, 0]


def test_it_is_told_once(three, wire):
    here, there, _ = three
    here.send(4)
    for _ in range(10):
        wire.beat()
    assert there.send(20) == 16


def test_nobody_is_told_of_little(three, wire, clock):
    here, *_ = three
    for _ in range(20):
        clock.now += 2.5
        here.messages.spend("ann")
        assert here.bus.parts["spent"][0]() in ({}, {"messages": {"ann": 1}})
    here.messages.spend("ann", 1)
    assert here.messages.take_spent(10) == {"ann": 1}
    many = Allowance(200, 10, clock)
    many.share()
    many.spend("ann", 5)
    assert many.take_spent(10) == {}
    many.spend("ann", 6)
    many.spend("ben", 7)
    assert many.take_spent(1) == {"ben": 7}


def test_a_limit_of_another_release_is_ignored(three):
    three[0].bus.parts["spent"][1]("p2", {"unknown": {"ann": 20}})
    assert three[0].send(1) == 1


def test_without_a_limit_nothing_is_counted(clock):
    unlimited = Allowance(0, 10, clock)
    unlimited.share()
    unlimited.charge("ann", 5)
    assert unlimited.spend("ann")
    assert unlimited.take_spent(10) == {}


def test_connections_count_over_all(three, wire):
    here, there, third = three
    for number in range(3):
        here.connections.add(f"h{number}", ANN, "address")
        there.connections.add(f"t{number}", ANN, "address")
    wire.beat()
    assert third.connections.elsewhere == {"ann": 6, "address": 6}
    third.connections.add("1", ANN)
    third.connections.add("2", ANN)
    with pytest.raises(RateLimited, match="You have"):
        third.connections.add("3", ANN)
    for number in range(2):
        third.connections.add(f"b{number}", Person(f"b{number}", "Ben"), "address")
    with pytest.raises(RateLimited, match="Your network"):
        third.connections.add("c", Person("c", "Cem"), "address")
    here.connections.remove("h0")
    here.connections.remove("h1")
    wire.beat()
    assert third.connections.elsewhere == {"ann": 3, "address": 3}
    for listener in third.bus.gone:
        listener(there.bus.process, False)
    assert third.connections.elsewhere == {}


def test_where_one_connection_is_much_only_those_with_the_most_are_told(wire, clock, monkeypatch):
    monkeypatch.setattr(limits, "TOLD", 2)
    bus = wire.bus()
    connections = Connections(0, 3, 0, clock)
    Limits(bus, {}, {"/rooms": connections})
    for sid, id_ in enumerate("abcbaa"):
        connections.add(str(sid), Person(id_, id_))
    make, _ = bus.parts["connected"]
    assert make() == {"/rooms": {"a": 3, "b": 2}}
