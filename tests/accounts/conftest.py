"""A process of the chat without sockets, and browsers that send requests to it."""

import flask
import pytest

from chat.accounts.by_name import SignInByName
from chat.accounts.join_code import JoinCode
from chat.accounts.known_sessions import KnownSessions
from chat.accounts.names_in_use import NamesInUse
from chat.accounts.sessions import Sessions
from chat.accounts.tickets import Tickets
from chat.messages.ids import MessageIds
from tests.accounts.doubles import MemoryAccounts
from tests.virtual_time import VirtualTime

CODE = "open sesame"
FIREFOX = "Firefox on Linux"


@pytest.fixture
def time():
    """Passes by itself only where something sleeps; `clock` is the one of the requests."""
    return VirtualTime()


@pytest.fixture
def accounts():
    return MemoryAccounts()


@pytest.fixture
def connected():
    return set()


class Process:
    """One process, which knows nothing yet but what is recorded."""

    def __init__(self, accounts, connected, clock, time, code):
        self.disconnected = []  # the people whom this process disconnects
        ids = MessageIds(clock)
        self.known = KnownSessions(accounts, ids, time.start, time.sleep, clock)
        self.names = NamesInUse(connected.__contains__, clock)
        self.sessions = Sessions(self.known, self.names, self.disconnected.append, clock=clock)
        self.tickets = Tickets(self.known, clock)
        self.by_name = SignInByName(
            self.known, self.sessions, self.tickets, self.names, JoinCode(code, clock)
        )


class Browser:
    """Keeps its cookie from request to request."""

    def __init__(self, app, cookie=()):
        self._app = app
        self.cookie = dict(cookie)

    def request(self, function, *arguments):
        """Call a function in a request."""
        with self._app.test_request_context():
            flask.session.update(self.cookie)
            try:
                return function(*arguments)
            finally:
                self.cookie = dict(flask.session)

    def copy(self):
        """Another browser with a copy of the cookie."""
        return Browser(self._app, self.cookie)

    def sign_in(self, process, name, code=""):
        """Sign in by name; returns the person."""
        self.request(process.by_name.sign_in, name, code, "192.0.2.1", FIREFOX)
        return self.person(process)

    def sign_out(self, process):
        signed_in, _ = self.request(process.by_name.sign_out)
        return signed_in

    def person(self, process):
        """Who is signed in, or None."""
        signed_in = self.request(process.sessions.current)
        return signed_in and signed_in.person

    def visit(self, process):
        return self.request(process.sessions.visit).person

    def connect(self, process, *claimed):
        """Connect like a namespace, with the session of the request that opens the connection."""
        connect = lambda: process.sessions.connect(flask.session, *claimed)  # noqa: E731
        return self.request(connect).person


@pytest.fixture
def start(accounts, connected, clock, time):
    """Starts processes that share their records."""

    def start(code=""):
        clock.now += 1
        return Process(accounts, connected, clock, time, code)

    return start


@pytest.fixture
def process(start):
    return start()


@pytest.fixture
def browse():
    """Makes browsers."""
    app = flask.Flask("toy")
    app.secret_key = "test"
    return lambda cookie=(): Browser(app, cookie)
