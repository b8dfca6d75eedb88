"""Readiness, and the planned stop."""

import pytest

from chat.errors import Unavailable
from chat.process.lifecycle import CHECK_EVERY, RECONNECT_WITHIN_MS, Lifecycle
from chat.settings import SettingsError
from tests.clock import Clock


class Parts:
    """The collaborators of a lifecycle; records what they are told to do."""

    def __init__(self):
        self.done = []
        self.checks = 0
        self.trouble = None

    def check(self):
        self.checks += 1
        if self.trouble:
            raise self.trouble

    def sids(self):
        return ["a", "b"]

    def going_away(self, sid, milliseconds):
        assert 0 <= milliseconds < RECONNECT_WITHIN_MS
        self.done.append(f"{sid} is told")

    def close(self):
        self.done.append("the history is closed")


class Drains:
    def __init__(self, parts, what):
        self._parts = parts
        self._what = what

    def refuse_newcomers(self):
        self._parts.done.append("newcomers are refused")

    def drain(self, seconds):
        self._parts.done.append(self._what)


@pytest.fixture
def parts():
    return Parts()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lifecycle(parts, clock):
    writer, sockets = Drains(parts, "messages are stored"), Drains(parts, "sockets are closed")
    markers = Drains(parts, "read markers are stored")
    return Lifecycle(parts, writer, parts, parts, markers, sockets, clock)


@pytest.mark.parametrize("trouble", [Unavailable("down"), SettingsError("no such table")])
def test_it_is_ready_while_it_has_its_history(lifecycle, parts, clock, trouble):
    assert lifecycle.is_ready()
    parts.trouble = trouble
    clock.now += CHECK_EVERY + 0.1
    assert not lifecycle.is_ready()
    parts.trouble = None
    clock.now += CHECK_EVERY + 0.1
    assert lifecycle.is_ready()


def test_the_history_is_not_asked_more_often_than_it_should_be(lifecycle, parts, clock):
    for _ in range(10):
        assert lifecycle.is_ready()
    assert parts.checks == 1
    clock.now += CHECK_EVERY + 0.1
    lifecycle.is_ready()
    assert parts.checks == 2


def test_a_stop_goes_from_the_messages_to_the_sockets(lifecycle, parts):
    lifecycle.when_stopping(lambda: parts.done.append("the port of the metrics is closed"))
    lifecycle.when_stopped(lambda: parts.done.append("the bus is closed"))
    lifecycle.drain(5)
    assert parts.done == [
        "the port of the metrics is closed",
        "newcomers are refused",
        "messages are stored",
        "a is told",
        "b is told",
        "sockets are closed",
        "read markers are stored",
        "the bus is closed",
        "the history is closed",
    ]


def test_whoever_stops_is_not_ready(lifecycle, parts):
    assert lifecycle.is_ready()
    lifecycle.drain(5)
    assert not lifecycle.is_ready()
