import json

import pytest

from tests.delivery.client import member
from tests.delivery.servers import running
from tests.waiting import wait_until

ROOMS = "tests.delivery.rooms:app"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that it has to survive."""
    with running(ROOMS, tmp_path_factory.mktemp("server")) as server:
        assert json.loads(server.get("/seen")) == []
        yield server


@pytest.fixture
def own(tmp_path):
    """A server for one test."""
    with running(ROOMS, tmp_path) as server:
        yield server


@pytest.fixture
def neighbour(server):
    """Another client on the same server, which has to work in any case."""
    with member(server, room="neighbours") as client:
        yield client
        message = {"room": "neighbours", "text": "I am still here"}
        assert client.call("send", message) == {"ok": True}
        assert client.event() == ["message", message]


@pytest.fixture
def tidy(server):
    """Check that the server holds as much as before, once the clients of a test have gone."""
    before = tables(server)
    yield
    wait_until(lambda: tables(server) == before, what=f"{tables(server)} becoming {before}")


def tables(server):
    counts = json.loads(server.get("/tables"))
    del counts["kilobytes"]
    return counts


def seen(server):
    return json.loads(server.get("/seen"))
