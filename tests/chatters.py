"""People who chat over the wire contract, with the official Python client."""

import itertools
import re
import threading
import uuid
from contextlib import contextmanager

import requests
import socketio

from tests.waiting import PATIENCE

_number = itertools.count(1)


def sign_in(url, name, **form):
    """Sign in as a browser does; returns the session with its cookie."""
    session = requests.Session()
    answer = submit_sign_in(session, url, name, **form)
    assert answer.status_code == 303, answer.text
    return session


def submit_sign_in(session, url, name, **form):
    return submit(session, url, "/sign-in", name=name, **form)


def sign_out(session, url):
    assert submit(session, url, "/sign-out").status_code == 303


def submit(session, url, path, **form):
    """Send a form with the token of the page."""
    form = {"csrf_token": csrf_token(session, url)} | form
    return session.post(f"{url}{path}", data=form, allow_redirects=False)


def csrf_token(session, url):
    page = session.get(url).text
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)


def cookie_header(session):
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)


class Chatter:
    """A signed-in person with one connection to both namespaces, which records all events."""

    def __init__(self, url, name=None, *, session=None, transports=("websocket",)):
        self.url = url
        self.name = name or f"Person {next(_number)}"
        self.session = session or sign_in(url, self.name)
        self.received = []  # (event, payload) in the order of arrival
        self._arrived = threading.Condition()
        self.client = socketio.Client(http_session=self.session, reconnection=False)
        _handle_in_order(self.client.eio)
        for namespace in ("/rooms", "/typing"):
            self.client.on("*", self._note, namespace=namespace)
        self.client.connect(url, namespaces=["/rooms", "/typing"], transports=list(transports))

    def _note(self, event, payload):
        with self._arrived:
            self.received.append((event, payload))
            self._arrived.notify_all()

    def call(self, event, *payload, namespace="/rooms", timeout=PATIENCE):
        """Send an event and return its acknowledgement."""
        data = payload[0] if len(payload) == 1 else payload
        return self.client.call(event, data, namespace=namespace, timeout=timeout)

    def join(self, room, **more):
        answer = self.call("join", {"room": room, **more})
        assert answer["ok"], answer
        return answer

    def join_typing(self, room):
        answer = self.call("join", {"room": room}, namespace="/typing")
        assert answer["ok"], answer

    def send(self, room, text, client_id=None, **more):
        return self.call("send", draft(room, text, client_id, **more))

    def say(self, room, text):
        """Send a message that has to go through; returns it."""
        answer = self.send(room, text)
        assert answer["ok"], answer
        return answer["message"]

    def payloads(self, event):
        return [payload for name, payload in list(self.received) if name == event]

    def texts(self):
        return [message["text"] for message in self.payloads("message")]

    def wait_for(self, event, condition=lambda payload: True, seconds=PATIENCE):
        """Wait for a payload of that event that fulfils the condition; earlier ones count, too."""

        def found():
            return next(filter(condition, self.payloads(event)), None)

        with self._arrived:
            assert self._arrived.wait_for(lambda: found() is not None, seconds), (
                f"{self.name} did not receive {event}, but {self.received[-5:]}"
            )
            return found()

    def wait_for_message(self, message):
        """Wait for that message, and compare it with its acknowledgement; returns the event."""
        event = self.wait_for("message", lambda m: m["id"] == message["id"])
        assert {**event, **message} == event
        assert event.keys() - message.keys() <= {"follows", "up_to"}
        return event

    def close(self):
        self.client.disconnect()
        if websocket := self.client.eio.ws:  # the client leaves it open if the server closes first
            websocket.shutdown()


def _handle_in_order(engine):
    """Handle events one after the other; the client would start a thread for each, in any order."""
    trigger = engine._trigger_event

    def trigger_here(event, *args, **options):
        return trigger(event, *args, **options | {"run_async": False})

    engine._trigger_event = trigger_here


def draft(room, text, client_id=None, **more):
    return {"room": room, "text": text, "client_id": client_id or str(uuid.uuid4()), **more}


@contextmanager
def chatting(url, *names, **options):
    """Chatters that disconnect at the end of the `with` block."""
    chatters = []
    try:
        chatters.extend(Chatter(url, name, **options) for name in names)
        yield chatters[0] if len(chatters) == 1 else chatters
    finally:
        for chatter in chatters:
            chatter.close()
