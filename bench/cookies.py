"""Makes session cookies for many people, without signing them in one by one."""

import base64
import hashlib
import hmac
import json
import time

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from chat.accounts.session_cookie import cookie_name

SECRET_KEY = "the benchmark's own secret key"


def flask_cookies(count: int) -> list[str]:
    """Cookies as `chat/accounts/sessions.py` makes them."""
    app, name = Flask(__name__), cookie_name(SECRET_KEY)
    app.secret_key = SECRET_KEY
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    session = {"since": time.time(), "_permanent": True}
    return [
        f"{name}={serializer.dumps({'person': list(person), **session})}"
        for person in people(count)
    ]


def node_cookies(count: int) -> list[str]:
    """Cookies as Express's `cookie-signature` makes them, with the same content."""
    return [f"chat={_signed(json.dumps(person).encode())}" for person in people(count)]


def _signed(value: bytes) -> str:
    text = base64.urlsafe_b64encode(value).rstrip(b"=")
    digest = hmac.digest(SECRET_KEY.encode(), text, hashlib.sha256)
    return f"{text.decode()}.{base64.b64encode(digest).rstrip(b'=').decode()}"


def people(count: int) -> list[tuple[str, str]]:
    """Ids and names; no two names look alike."""
    return [(f"{number:016x}", f"Person {number}") for number in range(count)]
