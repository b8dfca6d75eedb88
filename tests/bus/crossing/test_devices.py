"""The devices of a person learn at once what others change, wherever they are connected."""

import threading
from types import SimpleNamespace

import pytest

from chat.accounts.person import Person
from chat.bus.crossing.devices import Devices
from chat.realtime.connections import Connections
from tests.bus.crossing.wires import Wire

ANN = Person("a", "Ann")
CHANNEL = "person:a"


class Process:
    """One process: /rooms, and what is not stored yet."""

    def __init__(self, bus):
        self.bus = bus
        self.connections = Connections(0, 0)
        self.asked_for = []
        own_rooms = SimpleNamespace(
            devices=SimpleNamespace(when_told=lambda _: None), tell_waiting=self.asked_for.append
        )
        Devices(bus, self, own_rooms)

    def when_connected(self, listener):
        self._connected = listener

    def when_disconnected(self, listener):
        self._disconnected = listener

    def connect(self, sid):
        self._connected(self.connections.add(sid, ANN))

    def disconnect(self, sid):
        self._disconnected(self.connections.remove(sid))


@pytest.fixture
def two():
    wire = Wire()
    return [Process(wire.bus()) for _ in range(2)]


def test_each_device_that_comes_is_told_what_is_not_stored_yet(two):
    one, other = two
    other.connect("1")
    one.connect("2")
    assert other.asked_for == ["a"]
    one.connect("3")
    assert other.asked_for == ["a", "a"]


def test_a_person_is_subscribed_to_while_connected(two):
    one, _ = two
    for sid in ("1", "2"):
        one.connect(sid)
    one.disconnect("1")
    assert CHANNEL in one.bus.channels
    one.disconnect("2")
    assert CHANNEL not in one.bus.channels


def test_two_devices_that_come_at_the_same_time_are_subscribed_to(two):
    one, _ = two
    first, second = (one.connections.add(sid, ANN) for sid in ("1", "2"))
    one._connected(second)
    one._connected(first)
    assert CHANNEL in one.bus.channels


def test_a_device_that_comes_while_the_last_one_goes_stays_subscribed_to(two):
    one, _ = two
    one.connect("1")
    unsubscribe = one.bus.unsubscribe
    coming = threading.Thread(target=one.connect, args=("2",))

    def while_another_comes(channel):
        coming.start()
        unsubscribe(channel)

    one.bus.unsubscribe = while_another_comes
    one.disconnect("1")
    coming.join()
    assert CHANNEL in one.bus.channels
