"""The cookie that has the session.

A browser sends the cookies of a host to all its ports. Two chats on one machine would sign each
other's people out if their cookies had the same name. So the name depends on the key that signs the
cookie. Over HTTPS the prefix `__Host-` keeps other hosts of the domain, and pages without
encryption, from setting a cookie of that name.

When the key was exchanged, a session that the older one has signed goes on, and the next page signs
it anew.
"""

import hmac
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, cast

import flask
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from werkzeug.sansio.http import parse_cookie

# Schemes that travel encrypted. Some proxies say of a WebSocket that it came by `wss`.
ENCRYPTED = {"https", "wss"}

# Entries of two caches: cookies whose signature was checked, and headers with cookies. A client
# connects to both namespaces with the same ones, and after a restart many clients connect at once.
REMEMBERED = 256


@lru_cache(maxsize=8)
def cookie_name(secret_key: str) -> str:
    """The name over plain HTTP, such as `cloud_chat_5f3a09c1`; the same in all processes."""
    digest = hmac.digest(secret_key.encode(), b"name of the session cookie", "sha256")
    return f"cloud_chat_{digest.hex()[:8]}"


@lru_cache(REMEMBERED)
def _cookies(header: str) -> dict[str, str]:
    return parse_cookie(header).to_dict()  # the first of each name


def session_of(app: flask.Flask, environ: dict[str, Any]) -> Mapping[str, Any]:
    """The session in the cookie of a request, for callers without a context of Flask."""
    return cast("CookieSessions", app.session_interface).read(app, environ)


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which travels only encrypted where the page itself does.

    Args:
        may_set_cookies: Whether the answer to the request at hand may change the session.
    """

    def __init__(self, may_set_cookies: Callable[[], bool]) -> None:
        self._may_set_cookies = may_set_cookies
        self._serializer: URLSafeTimedSerializer | None = None

    def open_session(self, app: flask.Flask, request: flask.Request) -> SecureCookieSession:
        """The session in the cookie of a request, as a copy that handlers may change."""
        session = self.session_class(self.read(app, request.environ))
        session.modified = _has_cookie_of_older_key(app, request)  # so that it is signed anew
        return session

    def read(self, app: flask.Flask, environ: dict[str, Any]) -> Mapping[str, Any]:
        """The session in the cookie of a request; empty if the cookie isn't ours, or is too old.

        The result is cached: don't change it. Flask's own method needs a request and its context,
        which cost too much for a Socket.IO handshake.
        """
        cookies = _cookies(environ.get("HTTP_COOKIE", ""))
        serializer, lasts = self.get_signing_serializer(app), app.permanent_session_lifetime
        if serializer is None:
            return {}
        for name in _names(app, environ):
            with suppress(BadSignature, KeyError):
                return serializer.loads(cookies[name], int(lasts.total_seconds()))  # type: ignore[no-any-return]
        return {}

    def get_cookie_name(self, app: flask.Flask) -> str:
        """The name for the scheme of the request at hand."""
        return _names(app, flask.request.environ)[0]

    def save_session(
        self, app: flask.Flask, session: SessionMixin, response: flask.Response
    ) -> None:
        """Put the session into the answer, unless another site has sent the request."""
        if not self._may_set_cookies():
            return
        super().save_session(app, session, response)
        for name in _names(app, flask.request.environ)[1:]:
            if name in flask.request.cookies:
                secure = self.get_cookie_secure(app)
                response.delete_cookie(name, secure=secure, httponly=True, samesite="Lax")

    def get_cookie_secure(self, app: flask.Flask) -> bool:  # noqa: ARG002
        """Whether browsers may send the cookie over HTTPS only."""
        return flask.request.is_secure

    def get_signing_serializer(self, app: flask.Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookie and checks its signature; made once, not for each request."""
        if self._serializer is None and app.secret_key:
            signing = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
            self._serializer = PatientSerializer(
                [*reversed(_keys(app))],  # the last one signs
                salt=self.salt,
                serializer=self.serializer,
                signer_kwargs=signing,
            )
        return self._serializer


def _has_cookie_of_older_key(app: flask.Flask, request: flask.Request) -> bool:
    return any(name in request.cookies for name in _names(app, request.environ)[1:])


def _names(app: flask.Flask, environ: dict[str, Any]) -> list[str]:
    """What the cookie of each key is called; the first one is of the key that signs."""
    prefix = "__Host-" if environ["wsgi.url_scheme"] in ENCRYPTED else ""
    return [prefix + cookie_name(key) for key in _keys(app)]


def _keys(app: flask.Flask) -> list[str]:
    return [str(app.secret_key), *app.config["SECRET_KEY_FALLBACKS"]]


class PatientSerializer(URLSafeTimedSerializer):
    """Accepts signatures from the future.

    When the clock of the server steps back, the latest signatures are from the future. The base
    class would refuse them, and so sign out everybody who has just loaded a page.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Only the check of the signature is cached. The age is checked each time.
        self._read = lru_cache(REMEMBERED)(super().loads)

    def loads(self, s: str | bytes, max_age: int | None = None, **_options: Any) -> Any:  # type: ignore[override]
        """The payload that was signed; it is cached, so don't change it.

        Raises:
            itsdangerous.BadSignature: It was not signed by us, or more than `max_age` seconds ago.
        """
        payload, signed_at = self._read(s, return_timestamp=True)
        age = time.time() - signed_at.timestamp()
        if max_age is not None and age > max_age:
            raise SignatureExpired(f"Signature age {age} > {max_age} seconds", payload, signed_at)
        return payload
