"""Makes session cookies for many people, without the forms by which people sign in."""

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from chat.accounts.session_cookie import cookie_name
from chat.storage import open_history
from chat.storage.accounts import Profile, Session

SECRET_KEY = "the benchmark's own secret key"


LAST = 86_400.0  # seconds


def chat_cookies(count: int, environment: Mapping[str, str]) -> list[str]:
    """Cookies of the chat; the sessions are recorded in its storage.

    Args:
        count: How many people.
        environment: The variables of the server.
    """
    os.environ |= {name: value for name, value in environment.items() if name.startswith("AWS_")}
    history = open_history(environment["CHAT_HISTORY"], 0)
    now = time.time()
    for id_, name in people(count):
        history.accounts.put_profile(Profile(id_, name))
        history.accounts.begin_session(Session(id_, id_, "Bench", now, now, now + LAST))
    history.close()
    return flask_cookies(count, environment)


def flask_cookies(count: int, _environment: Mapping[str, str]) -> list[str]:
    """Cookies as `chat/accounts/sessions.py` makes them."""
    app, name = Flask(__name__), cookie_name(SECRET_KEY)
    app.secret_key = SECRET_KEY
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    session = {"since": time.time(), "_permanent": True}
    return [
        f"{name}={serializer.dumps({'person': list(person), 'session': person[0], **session})}"
        for person in people(count)
    ]


def node_cookies(count: int, _environment: Mapping[str, str]) -> list[str]:
    """Cookies as Express's `cookie-signature` makes them, with the same content."""
    return [f"chat={_signed(json.dumps(person).encode())}" for person in people(count)]


def _signed(value: bytes) -> str:
    text = base64.urlsafe_b64encode(value).rstrip(b"=")
    digest = hmac.digest(SECRET_KEY.encode(), text, hashlib.sha256)
    return f"{text.decode()}.{base64.b64encode(digest).rstrip(b'=').decode()}"


def people(count: int) -> list[tuple[str, str]]:
    """Ids and names; no two names look alike."""
    return [(f"{number:016x}", f"Person {number}") for number in range(count)]
