"""Browsers and servers that the tests of a process share; each person has a browser context."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect, sync_playwright

from chat.messages.message import Message
from chat.storage import open_history
from tests.browser import chromium as debians_chromium
from tests.browser import firefox as any_firefox
from tests.browser.shared_server import NO_LIMITS, SharedServer
from tests.browser.visitors import Visitor
from tests.chatters import Chatter
from tests.copies import build_static
from tests.servers import serving
from tests.waiting import PATIENCE

expect.set_options(timeout=1000 * PATIENCE)


def pytest_generate_tests(metafunc):
    if metafunc.definition.get_closest_marker("every_browser"):
        metafunc.parametrize("browser", ["chromium", "firefox"], indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Run the tests in Firefox one after the other, so that few test workers start a Firefox."""
    items.sort(key=lambda item: "[firefox" in item.name)


@pytest.fixture
def browser(request):
    return request.getfixturevalue(getattr(request, "param", "chromium"))


@pytest.fixture(scope="session")
def chromium(_playwright):
    browser = debians_chromium.launch_shell(_playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def whole_chromium(_playwright):
    """For notifications, which the headless shell doesn't have."""
    browser = debians_chromium.launch(_playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def firefox(_playwright):
    if not any_firefox.path():
        pytest.skip("This needs Firefox: scripts/firefox installs it")
    browser = any_firefox.launch(_playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def _playwright():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def built_page(tmp_path_factory):
    """The variables of a server that serves the built page, as `make run` and the image do."""
    return build_static(tmp_path_factory.mktemp("built") / "static")


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory, built_page):
    shared_server = SharedServer(tmp_path_factory.mktemp, built_page)
    yield shared_server
    shared_server.close()


@pytest.fixture
def server(shared_server):
    """A server with the usual rooms, and with rooms that single tests have for themselves."""
    return shared_server.get()


@pytest.fixture
def own_server(tmp_path, built_page):
    """A server that the test may stop."""
    with serving(tmp_path, variables=built_page, **NO_LIMITS) as server:
        yield server


@pytest.fixture
def source_server(tmp_path):
    """A server of the sources, not the built page, for tests that replace a module of the page."""
    with serving(tmp_path, **NO_LIMITS) as server:
        yield server


@pytest.fixture
def room(server, shared_server):
    return shared_server.take_corner()


@pytest.fixture
def other_room(server, shared_server):
    return shared_server.take_corner()


@pytest.fixture(scope="session")
def _numbers():
    return itertools.count(1)


@pytest.fixture
def visit(browser, server, _numbers):
    """Opens a browser for a person: `visit("Ann", "general")`. Names get a number of their own.

    After the test there must be no error on the console, no violation of the
    Content-Security-Policy, and no request to another host.
    """
    visitors = []

    def open_browser(name="Ann", room="general", *, at=server, signed_in=True, **options):
        visitor = Visitor(browser, at.url, f"{name} {next(_numbers)}", **options)
        visitors.append(visitor)
        if signed_in:
            visitor.sign_in()
        if room:
            visitor.open(f"/rooms/{room}")
        return visitor

    yield open_browser
    complaints = {visitor.name: visitor.complaints for visitor in visitors if visitor.complaints}
    for visitor in visitors:
        visitor.context.close()
    assert not complaints, complaints


@pytest.fixture
def chatter(server, _numbers):
    """Makes people without a browser: `chatter("Ben", "general")` has joined that room."""
    chatters = []

    def connect(name="Ben", room="general", *, at=server, **options):
        chatter = Chatter(at.url, f"{name} {next(_numbers)}", **options)
        chatters.append(chatter)
        chatter.join(room)
        chatter.join_typing(room)
        return chatter

    yield connect
    for chatter in chatters:
        chatter.close()


def id_of(at, number):
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z.{number:010x}"


@pytest.fixture
def fill(server, shared_server):
    """Stores messages: `fill(room, "one", "two")`, a minute apart, the last one an hour ago."""
    history = open_history(f"sqlite:///{shared_server.folder}/chat.db")

    def put(room, *texts, name="Old Hand", last_at=None, apart=timedelta(minutes=1)):
        last_at = last_at or datetime.now(UTC) - timedelta(hours=1)
        times = (last_at - apart * (len(texts) - number) for number in range(1, len(texts) + 1))
        history.append(
            [
                Message(id_of(at, number), room, name, name, text, client_id=f"{room} {text}")
                for number, (at, text) in enumerate(zip(times, texts, strict=True))
            ]
        )

    yield put
    history.close()
