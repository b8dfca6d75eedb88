"""Fixtures that more than one folder of tests needs."""

import pytest

from chat import create_app
from chat.settings import Settings
from tests.chatters import Chatter
from tests.clock import Clock
from tests.openid.provider import Provider
from tests.servers import serving
from tests.valkeys import Valkey

MANY_ROOMS = 600

# Tests that use the chat from outside, and tests that repeat the same steps thousands of times. To
# measure their coverage would take most of the time for it, and show nothing new.
NOT_COVERED = ("tests/browser/", "tests/bench/", "tests/realtime/test_continuity_machine.py")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith(NOT_COVERED):
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A chat server under gunicorn, the same for all tests that don't stop it."""
    limits = {"send_rate": 0, "event_rate": 0, "sign_in_rate": 0}
    rooms = ",".join(["General", "Tech", "Random", *(f"Room {n}" for n in range(MANY_ROOMS))])
    with serving(tmp_path_factory.mktemp("server"), rooms=rooms, **limits) as server:
        yield server


@pytest.fixture(scope="session")
def unused_rooms():
    return iter([f"room-{n}" for n in range(MANY_ROOMS)])


@pytest.fixture
def room(unused_rooms):
    """The id of a room of the shared server that no other test uses."""
    return next(unused_rooms)


@pytest.fixture
def other_room(unused_rooms):
    return next(unused_rooms)


@pytest.fixture
def meet(server):
    """Makes chatters on the shared server, which disconnect after the test."""
    chatters = []

    def make(name=None, **options):
        chatters.append(Chatter(server.url, name, **options))
        return chatters[-1]

    yield make
    for chatter in chatters:
        chatter.close()


@pytest.fixture
def ann(meet):
    return meet()


@pytest.fixture
def bob(meet):
    return meet()


@pytest.fixture
def app(tmp_path):
    """The application in this process, for tests of its pages."""
    return create_app(Settings(history=f"sqlite:///{tmp_path}/chat.db", sign_in_rate=0))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def running_openid_provider(tmp_path_factory):
    provider = Provider(tmp_path_factory.mktemp("provider")).start()
    yield provider
    provider.stop()


@pytest.fixture
def openid_provider(running_openid_provider):
    """A strict OpenID provider, the same for all tests, which behaves as at its start."""
    if not running_openid_provider.is_running:  # a test has stopped it
        running_openid_provider.start()
    running_openid_provider.control()
    return running_openid_provider


@pytest.fixture
def valkey(tmp_path):
    """A Valkey server of the test alone."""
    valkey = Valkey(tmp_path).start()
    yield valkey
    valkey.kill()
