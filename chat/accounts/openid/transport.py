"""Requests to the OpenID provider: none takes long, brings much, or leads elsewhere."""

import json
import logging
import ssl
import threading
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode
from urllib.request import getproxies, proxy_bypass

import urllib3

from chat.clocks import steady
from chat.errors import Unavailable

log = logging.getLogger(__name__)

LIMIT = 10.0  # seconds for a request and its whole answer
PATIENCE = urllib3.Timeout(connect=4, read=6)  # seconds for a connection, and for the next bytes
CONNECTIONS = 20  # to one host; further requests wait for one of them
MOST = 1_048_576  # bytes of an answer
PIECE = 65_536  # bytes

DOWN = "The sign-in service can't be reached right now. Try again in a moment."


class Answer(NamedTuple):
    """What the provider answered; `body` is empty if it was not a JSON object."""

    status: int
    body: dict[str, Any]


class Transport:
    """Connections to the provider.

    They use urllib3, which the SDK for DynamoDB brings anyway. Where `requests` is installed,
    python-engineio imports it, which makes each start longer.

    Args:
        issuer: The provider.
        limit: Seconds for a request and its whole answer.
    """

    def __init__(self, issuer: str, limit: float = LIMIT) -> None:
        self._limit = limit
        options: dict[str, Any] = {
            "ssl_context": ssl.create_default_context(),  # once: to make one takes 30 ms
            "timeout": PATIENCE,
            "retries": False,
            "maxsize": CONNECTIONS,
            "block": True,
        }
        parts = urllib3.util.parse_url(issuer)
        proxy = getproxies().get(parts.scheme or "")
        if proxy and not proxy_bypass(parts.host or ""):
            self._pool: urllib3.PoolManager = urllib3.ProxyManager(proxy, **options)
        else:
            self._pool = urllib3.PoolManager(**options)

    def get(self, url: str, authorization: str = "") -> Answer:
        """Fetch JSON.

        Args:
            url: Where from.
            authorization: The header of that name.

        Raises:
            chat.errors.Unavailable: There was no answer, or a redirect, or one of status 429, 5xx.
        """
        return self._exchange("GET", url, authorization, None)

    def post(self, url: str, form: Mapping[str, str], authorization: str = "") -> Answer:
        """Send a form; raises the same."""
        return self._exchange("POST", url, authorization, urlencode(form))

    def _exchange(self, method: str, url: str, authorization: str, form: str | None) -> Answer:
        """Make the request in a thread of its own.

        A timeout of a socket counts from byte to byte, so a provider that sends one now and then
        would hold up the caller. The thread ends at the limit, too, unless that happens before the
        body begins; then it ends with the connection.
        """
        outcome: list[Answer | str] = []
        deadline = steady() + self._limit

        def run() -> None:
            try:
                outcome.append(self._fetch(method, url, authorization, form, deadline))
            except (urllib3.exceptions.HTTPError, OSError) as error:
                outcome.append(f"{type(error).__name__}: {error}")

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(self._limit)
        answer = outcome[0] if outcome else f"no whole answer within {self._limit:g} s"
        if isinstance(answer, Answer) and not _is_of_use(answer.status):
            answer = f"status {answer.status}"
        if isinstance(answer, str):
            log.warning("The OpenID provider did not answer: %s: %.300s", url, answer)
            raise Unavailable(DOWN)
        return answer

    def _fetch(
        self, method: str, url: str, authorization: str, form: str | None, deadline: float
    ) -> Answer:
        headers = {"Accept": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        response = self._pool.request(
            method,
            url,
            body=form,
            headers=headers,
            redirect=False,  # it would take the secret to another address
            preload_content=False,
            pool_timeout=self._limit,
        )
        try:
            body = _read(response, deadline)
        except BaseException:
            response.close()  # so that nobody gets the rest of it for another answer
            raise
        finally:
            response.release_conn()
        return Answer(response.status, _parse(body))


def _is_of_use(status: int) -> bool:
    return status != 429 and not (300 <= status < 400 or status >= 500)


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    body = b""
    while piece := response.read1(PIECE, decode_content=False):
        body += piece
        if len(body) > MOST:
            raise OSError(f"more than {MOST:,} bytes")
        if steady() > deadline:
            raise TimeoutError("too slow")
    return body


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
