"""People see that news of others may come late."""

from types import SimpleNamespace

import pytest

from chat.accounts.person import Person
from chat.rate_limit import RateLimit
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.connections import Connections
from chat.realtime.delays import AUDIENCE, DELAYS, Delays
from chat.realtime.namespace import ChatNamespace, Rules


@pytest.fixture
def told():
    return []


@pytest.fixture
def namespace():
    return ChatNamespace(
        "/rooms", Rules(None, None, *2 * [RateLimit("x", 0, 1)]), Connections(0, 0)
    )


@pytest.fixture
def tasks():
    """Those that were started and don't run yet."""
    return []


@pytest.fixture
def delays(namespace, told, tasks):
    def emit(event, payload, *, to, **_):
        assert event == DELAYS
        told.append((payload["expected"], to))

    broadcasts = Broadcasts(SimpleNamespace(emit=emit))
    return Delays(namespace, broadcasts, tasks.append, lambda _seconds: None)


def run(tasks):
    while tasks:
        tasks.pop(0)()


def connect(namespace, sid):
    connection = namespace.connections.add(sid, Person("a", "Ann"))
    for listener in namespace._connect_listeners:
        listener(connection)


def test_everybody_is_told_when_delays_begin_and_end(delays, namespace, told, tasks):
    connect(namespace, "1")
    connect(namespace, "2")
    assert tasks == []
    delays.set(True)
    run(tasks)
    connect(namespace, "3")
    run(tasks)
    delays.set(False)
    run(tasks)
    connect(namespace, "4")
    assert tasks == []
    assert told == [(True, ["1", "2"]), (True, ["3"]), (False, ["1", "2", "3"])]


def test_a_newcomer_is_told_after_the_answer_to_the_connect(delays, namespace, told, tasks):
    delays.set(True)
    run(tasks)
    connect(namespace, "1")
    assert told == []
    run(tasks)
    assert told == [(True, ["1"])]


def test_many_are_told_in_batches(delays, namespace, told, tasks):
    sids = [str(number) for number in range(2 * AUDIENCE + 1)]
    for sid in sids:
        connect(namespace, sid)
    delays.set(True)
    run(tasks)
    assert [len(to) for _, to in told] == [AUDIENCE, AUDIENCE, 1]
    assert [sid for _, to in told for sid in to] == sids
