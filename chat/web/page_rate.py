"""How many requests an address may make: a page costs a hundred times what its refusal does."""

from collections.abc import Iterable
from math import ceil
from typing import TYPE_CHECKING

from chat.delivery.allowance import Allowance
from chat.delivery.networks import network

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PERIOD = 10  # seconds

# For each sign-in that an address may make in a minute.
REQUESTS_PER_SIGN_IN = 50
LEAST = 500  # requests in a period: a low rate of sign-ins must let several people load the page

# What a request counts for. A first visit from the sources is a hundred files, which cost little,
# and people of one network come together.
PAGE, FILE = 10, 1
FILES = "/static/"

# What the orchestrator asks must get an answer, even where it has the address of everybody else.
UNLIMITED = {"/healthz", "/readyz"}


class PageRate:
    """Refuses requests of an address that makes far too many, before anything is done for them.

    Args:
        application: What answers the others.
        sign_in_rate: Sign-ins of an address in a minute; 0 for no limit.
    """

    def __init__(self, application: "WSGIApplication", sign_in_rate: int) -> None:
        self._application = application
        amount = max(LEAST, REQUESTS_PER_SIGN_IN * sign_in_rate // 6) if sign_in_rate else 0
        self._allowance = Allowance(PAGE * amount, PERIOD)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        address, path = network(environ.get("REMOTE_ADDR", "")), environ["PATH_INFO"]
        cost = FILE if path.startswith(FILES) else PAGE
        if path in UNLIMITED or self._allowance.spend(address, cost):
            return self._application(environ, start_response)
        wait = str(ceil(self._allowance.seconds_left))
        headers = [("Content-Type", "text/plain"), ("Retry-After", wait)]
        start_response("429 TOO MANY REQUESTS", headers)
        return [b"Too many requests from your network. Wait a moment, then try again.\n"]
