"""Asks the OpenID provider, again and again, whether the people who are here may still be."""

import heapq
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from chat.accounts.known_sessions import Known, KnownSessions
from chat.accounts.provider_profiles import ProviderProfiles
from chat.accounts.sessions import SIGN_IN_FIRST
from chat.errors import Forbidden, Unauthorized, Unavailable
from chat.storage.accounts import Accounts, Key

if TYPE_CHECKING:
    from chat.accounts.openid.provider import OpenIdProvider

log = logging.getLogger(__name__)

# Seconds between two checks of a session. Whoever is disabled at the provider has to be out within
# ten minutes, also if a process dies between two checks.
EVERY = 240.0

# Seconds since the last check after which a session isn't good for a page or a socket without
# another one: nobody was connected meanwhile.
STALE_AFTER = 600.0

LOOK_EVERY = 10.0  # seconds between two looks at who is connected

AT_ONCE = 8  # questions to the provider

FAILED = "A session could not be checked with the OpenID provider"


class ProviderChecks:
    """Ends the sessions of people whom the provider doesn't let in any more.

    A refresh token is of use once, so that only one process may ask with it. Without one a session
    can't be checked.

    Args:
        provider: Is asked.
        accounts: The records.
        known: The sessions that are good.
        profiles: Those of people who sign in.
        ended: Called with each session that a check has ended.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        provider: "OpenIdProvider",
        accounts: Accounts,
        known: KnownSessions,
        profiles: ProviderProfiles,
        ended: Callable[[Key], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._provider = provider
        self._accounts = accounts
        self._known = known
        self._profiles = profiles
        self._ended = ended
        self._clock = clock
        self._planned: set[Key] = set()
        self._due: list[tuple[float, Key]] = []  # a heap of those that are planned
        self._passed_over: set[Key] = set()  # connected, but can't be checked
        self._stale: dict[Key, threading.Event] = {}  # is being checked before it is let in

    def watch(
        self,
        connected: Callable[[], Iterable[Key]],
        start: Callable[[Callable[[], None]], Any],
        sleep: Callable[[float], Any],
    ) -> None:
        """Check the sessions that are connected, for as long as the process runs.

        Args:
            connected: The sessions that have a connection.
            start: Starts a function in the background.
            sleep: Waits for some seconds.
        """

        def plan() -> None:
            while True:
                sleep(LOOK_EVERY)
                self.plan(set(connected()))

        def work() -> None:
            while True:
                sleep(LOOK_EVERY)
                self.check_due()

        start(plan)
        for _ in range(AT_ONCE):
            start(work)

    def plan(self, connected: set[Key]) -> None:
        """Plan the next check of each session that has none planned."""
        self._passed_over &= connected
        for key in connected - self._planned - self._passed_over:
            try:
                self._plan(key)
            except Exception:
                log.exception(FAILED)

    def _plan(self, key: Key) -> None:
        """Plan the next check, if the session can be checked and hasn't ended."""
        try:
            known = self._known.find(key)
        except Unavailable:
            self._plan_at(self._clock() + EVERY, key)
            return
        if known and known.session.refresh_token:
            self._plan_at(known.session.checked_at + EVERY, key)
        else:
            self._passed_over.add(key)

    def _plan_at(self, at: float, key: Key) -> None:
        self._planned.add(key)
        heapq.heappush(self._due, (at, key))

    def check_due(self) -> None:
        """Check the sessions whose time has come."""
        while self._due and self._due[0][0] <= self._clock():
            _, key = heapq.heappop(self._due)
            self._planned.discard(key)  # planned anew at the next look, if it is still connected
            try:
                self._known.forget(key)  # another process may have checked it
                known = self._known.find(key)
                if known and known.session.checked_at + EVERY <= self._clock():
                    self.check(known)
            except (Unauthorized, Unavailable):
                continue
            except Exception:
                log.exception(FAILED)

    def check_if_stale(self, known: Known) -> None:
        """Check a session that was not connected for long.

        Raises:
            chat.errors.Unauthorized: The provider doesn't let the person in any more, or never did.
        """
        profile, session = known
        if not self._provider.knows(profile.subject):
            raise Unauthorized(SIGN_IN_FIRST)
        key = profile.id, session.id
        if under_way := self._stale.get(key):
            under_way.wait()
        elif session.refresh_token and session.checked_at + STALE_AFTER < self._clock():
            self._check_stale(key, known)
        if self._known.has_ended(key):
            raise Unauthorized(SIGN_IN_FIRST)

    def _check_stale(self, key: Key, known: Known) -> None:
        """Check a session; other requests with it wait meanwhile, though it is claimed by then."""
        self._stale[key] = threading.Event()
        try:
            self.check(known)
        finally:
            self._stale.pop(key).set()

    def check(self, known: Known) -> None:
        """Ask the provider, unless another process does; end the session if it refuses.

        Raises:
            chat.errors.Unauthorized: The provider doesn't let the person in any more.
        """
        profile, session = known
        key = session.key
        try:
            is_ours = self._accounts.begin_check(key, session.checked_at, self._clock())
            self._known.forget(key)
            if not is_ours:
                return
            answer = self._provider.still_allowed(session.refresh_token, profile.subject)
            if answer.refresh_token != session.refresh_token:
                self._record(key, answer.refresh_token)
            if answer.identity:
                self._provider.admit(answer.identity)
                self._profiles.keep(answer.identity)
        except (Unauthorized, Forbidden) as error:
            self._known.end(key, session.until)
            self._ended(key)
            raise Unauthorized(error.message) from None
        except Unavailable:
            return  # who is here stays; the next check asks again

    def _record(self, key: Key, refresh_token: str) -> None:
        """The former token is of no use any more."""
        self._known.record(
            lambda: self._accounts.set_refresh_token(key, refresh_token),
            "A refresh token can't be recorded yet; until then a restart would end its session",
        )
        self._known.forget(key)
