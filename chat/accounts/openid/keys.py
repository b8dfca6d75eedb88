"""The keys with which the provider signs; they change without notice."""

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

from chat.accounts.openid.transport import DOWN, Transport
from chat.clocks import Clock
from chat.errors import Unavailable

log = logging.getLogger(__name__)

# Seconds between two times that the keys are fetched because one is missing: strangers can send
# tokens that name keys which never were.
ASKED_EVERY = 10.0

KEPT_FOR = 3600.0  # seconds; then they are fetched again: the provider may have taken one back


class SigningKeys:
    """The provider's public keys, which one caller at a time fetches.

    Args:
        transport: Fetches them.
        clock: Seconds, monotonic.
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._keys = KeySet([])
        self._fetched_at = self._tried_at = float("-inf")
        self._lock = threading.Lock()

    def current(self, address: str) -> KeySet:
        """The keys; old ones if the provider is down.

        Args:
            address: The provider's `jwks_uri`.

        Raises:
            chat.errors.Unavailable: They were never there, and can't be fetched.
        """
        if self._clock() >= self._fetched_at + KEPT_FOR:
            self.fetch(address)
        if not self._keys:
            raise Unavailable(DOWN)
        return self._keys

    def fetch(self, address: str) -> None:
        """Ask the provider for the keys, unless that was done a moment ago."""
        with self._lock:  # those who waited here find what the first one has fetched
            if self._clock() < self._tried_at + ASKED_EVERY:
                return
            self._tried_at = self._clock()
            try:
                answer = self._transport.get(address)
            except Unavailable:
                return  # it is logged
            if keys := list(_usable(answer.body)):
                self._keys, self._fetched_at = KeySet(keys), self._clock()
            else:
                log.error("The OpenID provider has no keys at %s", address)


def _usable(document: Mapping[str, Any]) -> Iterator[Key]:
    """Those keys that we understand: others are for other programs."""
    keys = document.get("keys")
    for each in keys if isinstance(keys, list) else []:
        try:
            key = import_key(each)
            key.ensure_kid()
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
        yield key
