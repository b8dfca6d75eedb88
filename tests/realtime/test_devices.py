"""What one device of a person changes, the others learn."""

from types import SimpleNamespace

import pytest

from chat.accounts.person import Person
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.connections import Connections
from chat.realtime.devices import Devices
from chat.realtime.own_rooms import READ

ANN, BEN = Person("a", "Ann"), Person("b", "Ben")
NEWS = {"room": "general", "read_up_to": "x"}


@pytest.fixture
def told():
    return []


@pytest.fixture
def connections():
    return Connections(0, 0)


@pytest.fixture
def devices(connections, told):
    def emit(event, payload, *, to, **_):
        told.append((event, payload, to))

    return Devices(connections, Broadcasts(SimpleNamespace(emit=emit)))


def test_the_other_devices_are_told(devices, connections, told):
    one, _two, _ben = (
        connections.add(sid, person) for sid, person in (("1", ANN), ("2", ANN), ("3", BEN))
    )
    assert devices.has_others(one)
    devices.tell_others(one, READ, NEWS)
    devices.tell("a", READ, NEWS)
    devices.tell_here("b", READ, NEWS)
    assert told == [(READ, NEWS, ["2"]), (READ, NEWS, ["1", "2"]), (READ, NEWS, ["3"])]


def test_nobody_is_told_who_has_one_device(devices, connections, told):
    one = connections.add("1", ANN)
    assert not devices.has_others(one)
    devices.tell_others(one, READ, NEWS)
    devices.tell_here("b", READ, NEWS)
    assert told == []


def test_devices_elsewhere_are_told_by_listeners(devices, connections, told):
    one = connections.add("1", ANN)
    elsewhere = []
    devices.when_told(lambda *what: elsewhere.append(what))
    assert devices.has_others(one), "perhaps elsewhere"
    devices.tell_others(one, READ, NEWS)
    devices.tell("b", READ, NEWS)
    devices.tell_here("a", READ, NEWS)
    assert elsewhere == [("a", READ, NEWS), ("b", READ, NEWS)]
    assert told == [(READ, NEWS, ["1"])]
