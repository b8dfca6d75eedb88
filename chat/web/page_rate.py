"""Limits the requests of an address: a page costs a hundred times as much as a refusal."""

from collections.abc import Iterable
from math import ceil
from typing import TYPE_CHECKING

from chat.delivery.allowance import Allowance
from chat.delivery.networks import network

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PERIOD = 10  # seconds

# Requests per minute for each sign-in per minute that an address may make.
REQUESTS_PER_SIGN_IN = 50
LEAST = 500  # requests in a period; even with a low rate of sign-ins several people load the page

# Units that a request is charged as. A first visit loads up to a hundred files, which cost little,
# and several people of one network may come at the same time.
PAGE, FILE = 10, 1
FILES = "/static/"

# Health checks are always answered, even if they share an address with all visitors.
UNLIMITED = {"/healthz", "/readyz"}


class PageRate:
    """Refuses the requests of an address that makes far too many, before they cause any work.

    Args:
        application: The application that answers the other requests.
        sign_in_rate: Sign-ins that an address may make in a minute; 0 for no limit.
    """

    def __init__(self, application: "WSGIApplication", sign_in_rate: int) -> None:
        self._application = application
        amount = max(LEAST, REQUESTS_PER_SIGN_IN * sign_in_rate // 6) if sign_in_rate else 0
        self._allowance = Allowance(PAGE * amount, PERIOD)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass the request on, or answer 429."""
        address, path = network(environ.get("REMOTE_ADDR", "")), environ["PATH_INFO"]
        cost = FILE if path.startswith(FILES) else PAGE
        if path in UNLIMITED or self._allowance.spend(address, cost):
            return self._application(environ, start_response)
        wait = str(ceil(self._allowance.seconds_left))
        headers = [("Content-Type", "text/plain"), ("Retry-After", wait)]
        start_response("429 TOO MANY REQUESTS", headers)
        return [b"Too many requests from your network. Wait a moment, then try again.\n"]
