"""The Flask side, in a process without eventlet: as under `flask run` and in tests."""

import subprocess
import sys

import flask
import pytest
from flask import Flask, current_app, g, request, session
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace

from chat.delivery.contexts import accepts
from chat.delivery.extension import SocketIO
from tests.delivery.client import Client
from tests.delivery.servers import ROOT
from tests.waiting import wait_until


class Rooms(Namespace):
    def on_connect(self):
        if "name" not in session:
            raise Refused("unauthorized", {"code": "unauthorized"})
        self.agent = request.headers.get("User-Agent")

    def on_whoami(self):
        g.seen = True
        return {
            "sid": request.sid,
            "namespace": request.namespace,
            "event": request.event["message"],
            "app": current_app.name,
            "session": dict(session),
            "cookies": len(request.cookies),
        }

    def on_later(self, *arguments):
        self.emit("later", list(arguments))

    def on_disconnect(self):
        self.left = request.sid


@pytest.fixture
def app():
    app = Flask("toy")
    app.secret_key = "test"
    app.get("/sign-in")(lambda: session.update(name="ada") or "ok")
    return app


@pytest.fixture
def socketio(app):
    socketio = SocketIO(max_unsent_bytes=1000)
    socketio.rooms = Rooms("/rooms")
    socketio.on_namespace(socketio.rooms)
    socketio.init_app(app)
    return socketio


@pytest.fixture
def client(app, socketio):
    http = app.test_client()
    http.get("/sign-in", headers={"User-Agent": "x"})
    return socketio.test_client(app, "/rooms", flask_test_client=http)


def test_without_eventlet_it_uses_threads_and_does_not_load_eventlet(socketio):
    assert socketio.async_mode == "threading"
    assert socketio.slow_clients == 0
    code = "import sys, chat.delivery.extension; sys.exit('eventlet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_package_loads_nothing_that_eventlet_would_have_to_patch():
    code = "import sys, chat.delivery; sys.exit('flask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_connect_handler_knows_the_session(app, socketio, client):
    assert client.is_connected("/rooms")
    assert not socketio.test_client(app, "/rooms").is_connected("/rooms")


def test_an_event_knows_its_client_and_nothing_of_the_request(client):
    [answer] = [client.emit("whoami", namespace="/rooms", callback=True)]
    sid = answer.pop("sid")
    assert len(sid) == 20
    assert answer == {
        "namespace": "/rooms",
        "event": "whoami",
        "app": "toy",
        "session": {},
        "cookies": 0,
    }


def test_nothing_of_an_event_stays_for_the_next_one(client):
    client.emit("whoami", namespace="/rooms")
    assert not flask.has_request_context()
    assert not flask.has_app_context()


def test_handlers_without_optional_arguments_are_called_without(socketio, client):
    client.disconnect("/rooms")
    assert socketio.rooms.left


def test_handlers_may_take_any_number(client):
    client.emit("later", 1, 2, 3, namespace="/rooms")
    assert client.get_received("/rooms") == [
        {"name": "later", "args": [[1, 2, 3]], "namespace": "/rooms"}
    ]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"async_handlers": True}, "in order"),
        ({"always_connect": True}, "not supported: always_connect"),
        ({"namespaces": "*", "cookie": "io"}, "not supported: cookie, namespaces"),
        ({"manage_session": False}, "manage_session"),
        ({"message_queue": "redis://"}, "message_queue"),
        ({"resource": "chat"}, "resource"),
        ({"max_http_bufer_size": 1}, "max_http_bufer_size"),
        ({"ping_interval": (25, 5)}, "ping_interval has to be a number"),
        ({"ping_timeout": 0}, "ping_timeout has to be a number"),
        ({"connect_timeout": -1}, "connect_timeout has to be a number"),
    ],
)
def test_options_that_would_be_ignored_are_refused(options, error):
    with pytest.raises(ValueError, match=error):
        SocketIO(Flask("toy"), **options)


def test_options_that_change_nothing_are_taken():
    assert SocketIO(Flask("toy"), async_handlers=False, path="/chat/").server


def test_pages_are_served_as_before(app, socketio):
    assert app.test_client().get("/sign-in").data == b"ok"
    assert app.test_client().get("/socket.io/?EIO=3").status_code == 400


@pytest.mark.parametrize(
    ("handler", "fits"),
    [
        (lambda: None, {0}),
        (lambda a: None, {1}),
        (lambda a, b=1: None, {1, 2}),
        (lambda *a: None, {0, 1, 2, 3}),
        (lambda a, *, b=1: None, {1}),
        (Rooms("/").on_whoami, {0}),
    ],
)
def test_arguments_are_counted(handler, fits):
    assert {count for count in range(4) if accepts(handler, count)} == fits


@pytest.fixture
def threads(tmp_path):
    """The application under Flask's development server."""

    class Server:
        log = tmp_path / "flask.log"
        port = None

        def find_port(self):
            found = self.log.read_text().partition("http://127.0.0.1:")[2]
            self.port = int(found.split()[0]) if "\n" in found else None
            return self.port

    server = Server()
    command = [sys.executable, "-m", "flask", "--app", "tests.delivery.rooms", "run", "--port", "0"]
    with server.log.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(server.find_port)
        yield server
    finally:
        process.kill()
        process.wait()


def test_the_same_application_runs_under_flask_run(threads):
    with Client(threads) as one, Client(threads) as two:
        for client in (one, two):
            client.open("/rooms")
            assert client.call("join", {"room": "lobby"}) == {"ok": True, "name": None}
        assert one.call("send", {"room": "lobby", "text": "hi"}) == {"ok": True}
        assert two.event() == ["message", {"room": "lobby", "text": "hi"}]
        one.emit("close_me", {})
        one.until_close()


@pytest.mark.parametrize("packet", ['42/rooms,["connect",{}]', "42/rooms,[]", '42/rooms,["join"]'])
def test_it_is_as_strict_under_flask_run(threads, packet):
    with Client(threads) as client:
        client.open("/rooms").send(packet)
        client.until_close()
