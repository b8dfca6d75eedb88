"""The cookie that the session lives in."""

from datetime import datetime
from typing import Any

import flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which travels only encrypted where the page itself does."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_cookie_secure(self, app: flask.Flask) -> bool:  # noqa: ARG002
        """Whether browsers may send the cookie over HTTPS only."""
        return flask.request.is_secure

    def get_signing_serializer(self, app: flask.Flask) -> URLSafeTimedSerializer | None:
        """What signs the cookie and checks its signature; made once, not for each request."""
        if self._serializer is None and (serializer := super().get_signing_serializer(app)):
            serializer.signer = PatientSigner
            self._serializer = serializer
        return self._serializer


class PatientSigner(TimestampSigner):
    """Accepts signatures of the future.

    When the clock of the server steps back, all that were made just before are. The stock signer
    would refuse them, and so sign out everybody who has just loaded a page.
    """

    def unsign(  # type: ignore[override]
        self, signed_value: str | bytes, max_age: int | None = None, **_options: Any
    ) -> tuple[bytes, datetime]:
        """What was signed, and when.

        Raises:
            itsdangerous.BadSignature: It was not signed by us, or more than `max_age` seconds ago.
        """
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - signed_at.timestamp()
        if max_age is not None and age > max_age:
            raise SignatureExpired(f"Signature age {age} > {max_age} seconds", value, signed_at)
        return value, signed_at
