"""Finds the provider, and notices when it is down and when it is back."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from chat.accounts.openid.metadata import Metadata, read_metadata
from chat.accounts.openid.transport import DOWN, Transport
from chat.clocks import Clock
from chat.errors import Unavailable

log = logging.getLogger(__name__)

CHECK_EVERY = 10.0  # seconds between two attempts while the provider is down
KEPT_FOR = 3600.0  # seconds for which the document is used without asking again
SURE_FOR = 30.0  # seconds after an answer for which nobody asks whether the provider is up


class Discovery:
    """The provider's discovery document, which one caller at a time fetches.

    Args:
        issuer: The issuer of the settings.
        transport: Fetches it.
        clock: Seconds, monotonic.
    """

    def __init__(self, issuer: str, transport: Transport, clock: Clock) -> None:
        self._issuer = issuer
        self._transport = transport
        self._clock = clock
        self._metadata: Metadata | None = None
        self._answered_at = self._failed_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def is_reachable(self) -> bool:
        """Whether the last attempt was answered; before the first one it is taken for so."""
        return self._answered_at >= self._failed_at

    def known(self) -> Metadata:
        """The document, without asking for it if it was there before.

        Raises:
            chat.errors.Unavailable: It was never there, and isn't now.
        """
        return self._metadata or self._not_older_than(SURE_FOR)

    def sure(self) -> Metadata:
        """The document of a provider that answered just now, before people are sent there.

        Raises:
            chat.errors.Unavailable: The provider is down.
        """
        return self._not_older_than(SURE_FOR)

    def follow(self, sleep: Callable[[float], Any]) -> None:
        """Fetch the document when it is old, or the provider was down, for as long as we run."""
        while True:
            try:
                self._not_older_than(KEPT_FOR)
            except Unavailable:
                pass  # it is logged
            except Exception:
                log.exception("The OpenID provider could not be looked for")
            sleep(CHECK_EVERY)

    def _not_older_than(self, seconds: float) -> Metadata:
        with self._lock:  # those who waited here find what the first one has fetched
            now = self._clock()
            if now >= self._failed_at + CHECK_EVERY and (
                not self.is_reachable or now >= self._answered_at + seconds
            ):
                self._fetch()
        if self._metadata is None or not self.is_reachable:
            raise Unavailable(DOWN)
        return self._metadata

    def _fetch(self) -> None:
        was_reachable = self.is_reachable
        try:
            answer = self._transport.get(
                f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            )
            self._metadata = read_metadata(answer.body, self._issuer)
        except Unavailable:
            self._failed_at = self._clock()
        except ValueError as error:
            log.error(  # noqa: TRY400  a mistake in the settings, not in the code
                "The OpenID provider can't be used: %s", error
            )
            self._failed_at = self._clock()
        else:
            self._answered_at = self._clock()
            if not was_reachable:
                log.info("The OpenID provider answers again")
