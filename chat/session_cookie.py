"""The cookie that the session lives in.

A browser sends the cookies of a host to all ports of it. So the name of the cookie has the port in
it, lest two chats on one machine sign each other out. Over HTTPS the prefix `__Host-` keeps other
hosts of the domain, and whatever is served without encryption, from setting one of that name.
"""

import time
from functools import lru_cache
from typing import Any

import flask
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import SignatureExpired, URLSafeTimedSerializer

from chat.addresses import split_host
from chat.cross_site import may_set_cookies

# Cookies that were read last. A client connects to one namespace after the other with the same one.
REMEMBERED = 64


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which travels only encrypted where the page itself does.

    Its name is `cloud_chat_8000`, over HTTPS `__Host-cloud_chat`: without the port where that is
    the default of the scheme.
    """

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_cookie_name(self, app: flask.Flask) -> str:
        """The name for the scheme and the port of the request at hand."""
        prefix = "__Host-" if flask.request.is_secure else ""
        _, port = split_host(flask.request.host)  # which has no default port
        suffix = f"_{port}" if port.isdecimal() else ""
        return f"{prefix}{super().get_cookie_name(app)}{suffix}"

    def save_session(
        self, app: flask.Flask, session: SessionMixin, response: flask.Response
    ) -> None:
        """Put the session into the answer, unless another site has sent the request."""
        if may_set_cookies():
            super().save_session(app, session, response)

    def get_cookie_secure(self, app: flask.Flask) -> bool:  # noqa: ARG002
        """Whether browsers may send the cookie over HTTPS only."""
        return flask.request.is_secure

    def get_signing_serializer(self, app: flask.Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookie and checks its signature; made once, not for each request."""
        if self._serializer is None and app.secret_key:
            signing = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
            self._serializer = PatientSerializer(
                app.secret_key, salt=self.salt, serializer=self.serializer, signer_kwargs=signing
            )
        return self._serializer


class PatientSerializer(URLSafeTimedSerializer):
    """Accepts signatures of the future.

    When the clock of the server steps back, all that were made just before are. The stock one would
    refuse them, and so sign out everybody who has just loaded a page.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The age is never remembered: it is looked at each time.
        self._read = lru_cache(REMEMBERED)(super().loads)

    def loads(self, s: str | bytes, max_age: int | None = None, **_options: Any) -> Any:  # type: ignore[override]
        """What was signed; not to be changed.

        Raises:
            itsdangerous.BadSignature: It was not signed by us, or more than `max_age` seconds ago.
        """
        payload, signed_at = self._read(s, return_timestamp=True)
        age = time.time() - signed_at.timestamp()
        if max_age is not None and age > max_age:
            raise SignatureExpired(f"Signature age {age} > {max_age} seconds", payload, signed_at)
        return payload
