"""Connections break in every way, and readers don't read."""

import contextlib

import pytest

from tests.chatters import Chatter
from tests.faults.tcp_proxy import TcpProxy
from tests.faults.troubles import memory_of
from tests.faults.wire import Wire
from tests.servers import free_port


@pytest.fixture
def path(arena):
    """A TCP proxy in front of the arena's server."""
    arena.serve()
    proxy = arena.loop.run(TcpProxy(arena.server.port).listen())
    arena.proxies.append(proxy)
    return proxy


def test_a_cut_without_a_reset_loses_and_doubles_nothing(arena, path):
    ann, ben = arena.admit("Ann", "Ben", port=path.port)
    arena.post(ann, "before")
    arena.come_to_rest()
    arena.loop.call(path.sever)
    for client in (ann, ben):
        arena.post(client, "into the void")
        arena.cut(client)  # as the browser does when a request isn't answered
    arena.assert_promises_held()
    assert arena.journal.count("acknowledged") == 3


def test_what_the_network_delivers_late_is_not_a_second_message(arena, path):
    """The old connection's packets arrive after the message was sent again."""
    ann, ben = arena.admit("Ann", "Ben", port=path.port)
    severed = arena.loop.call(path.sever)
    for number in range(3):
        arena.post(ann, f"number {number}")
    arena.cut(ann)
    arena.cut(ben)
    arena.come_to_rest()
    arena.loop.call(path.mend, severed)
    arena.post(ben, "after it")
    arena.assert_promises_held()
    assert len(arena.stored()["general"]) == 4


@pytest.mark.timeout(180)
def test_a_ghost_leaves_the_room(arena, path):
    """Neither side sees the connection end, but pings stay unanswered."""
    with contextlib.closing(Chatter(arena.server.url, "Ann")) as ann:
        ann.join("general")
        (ghost,) = arena.admit("Ghost", port=path.port)
        ghost_id = id_of("Ghost", ann.join("general")["people"])
        ghost.port = free_port()  # nothing listens there: the client never reconnects
        arena.loop.call(path.sever)
        ann.wait_for("presence", lambda p: ghost_id in p["left"], seconds=60)
        assert id_of("Ghost", ann.join("general")["people"]) is None


def id_of(name, people):
    return next((person["id"] for person in people if person["name"] == name), None)


@pytest.fixture
def never_reading(arena):
    """A connection in the room that takes nothing from its socket, ever."""
    arena.serve(socket_buffer=524_288, message_length=100_000)
    cookie = arena.cookie("Slow")

    async def connect():
        wire = await Wire.open(arena.server.port, cookie, lambda *_: None)
        await wire.call("join", {"room": "general"}, 10)
        wire.stop_reading()
        return wire

    wire = arena.loop.run(connect())
    yield wire
    arena.loop.call(wire.drop)


@pytest.mark.parametrize("pongs", [True, False], ids=["with pongs", "without pongs"])
def test_a_reader_that_never_reads_harms_nobody_and_costs_little(arena, never_reading, pongs):
    ann, ben = arena.admit("Ann", "Ben")
    before = memory_of(arena.server)
    for number in range(100):  # 18 MB: more than the kernel takes for a connection
        arena.post(ann, f"{number} " + "x" * 90_000)
        arena.post(ben, f"{number} " + "y" * 90_000)
        if pongs:
            arena.loop.call(never_reading.pong)
    arena.come_to_rest()
    with contextlib.closing(Chatter(arena.server.url, "Watcher")) as watcher:
        slow = id_of("Slow", watcher.join("general")["people"])
        if slow:  # presence waits some seconds for a reconnect
            watcher.wait_for("presence", lambda p: slow in p["left"], seconds=20)
    assert memory_of(arena.server) - before < 30_000_000
    arena.assert_promises_held()
    assert arena.journal.count("acknowledged") == 200


def test_a_thousand_clients_come_back_at_once(either):
    either.serve()
    (ann,) = either.admit("Ann")
    crowd = either.crowd("Crowd", 1000)
    for number in range(5):
        either.post(ann, f"before {number}")
    either.come_to_rest()
    either.server.kill()
    either.post(ann, "while it is down")
    either.server.start()
    either.until(lambda: all(client.is_live for client in crowd), 60, "all are back")
    either.post(ann, "after it")
    either.assert_promises_held(120)
    assert all(client.connections >= 2 for client in crowd)
