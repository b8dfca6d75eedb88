"""Connections that end in every way leave nothing behind on the server."""

import asyncio

import pytest
import requests

from tests.faults.troubles import descriptors_of, memory_of, until
from tests.faults.wire import Wire

AT_ONCE = 50


@pytest.fixture
def server(arena):
    return arena.serve_from_inside()


def test_thousands_of_connections_leave_nothing_behind(arena, server):
    cookie = arena.cookie("Many")
    rest = inside(server)
    assert rest["sessions"] == 0

    arena.loop.run(churn(server.port, cookie, 1500), 120)
    until(lambda: inside(server) == emptied(rest), 20)
    descriptors, memory = descriptors_of(server), memory_of(server)

    arena.loop.run(churn(server.port, cookie, 3000), 240)
    until(lambda: inside(server) == emptied(rest), 20)
    assert descriptors_of(server) <= descriptors + 2
    assert memory_of(server) - memory < 3_000_000, "more than 1 KB per connection"


def emptied(rest):
    """The tables at rest: a namespace that was used stays, without members."""
    return rest | {"members": {"/rooms None": 0}}


def inside(server):
    return requests.get(f"{server.url}/inside", timeout=10).json()


async def churn(port, cookie, count):
    limit = asyncio.Semaphore(AT_ONCE)
    ends = (_close, _drop, _in_the_middle, _never_joined)

    async def visit(number):
        async with limit:
            await ends[number % len(ends)](port, cookie)

    await asyncio.gather(*(visit(number) for number in range(count)))


async def _joined(port, cookie):
    wire = await Wire.open(port, cookie, lambda *_: None)
    assert (await wire.call("join", {"room": "general"}, 10))["ok"]
    return wire


async def _close(port, cookie):
    """As a browser does when its tab is closed."""
    await (await _joined(port, cookie)).close()


async def _drop(port, cookie):
    (await _joined(port, cookie)).drop()


async def _in_the_middle(port, cookie):
    """The connection is aborted during a call; the answer is never read."""
    wire = await _joined(port, cookie)
    call = asyncio.create_task(wire.call("join", {"room": "tech"}, 10))
    await asyncio.sleep(0)
    wire.drop()
    await asyncio.gather(call, return_exceptions=True)


async def _never_joined(port, cookie):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n")
    writer.transport.abort()
