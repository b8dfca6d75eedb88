"""Sign-in with the OpenID provider: who comes back from there is signed in here."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import flask

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.openid import STALE
from chat.accounts.openid.identity import person_id_of
from chat.accounts.provider_profiles import ProviderProfiles
from chat.accounts.sessions import Sessions, SignedIn
from chat.errors import Forbidden, Invalid, Unavailable
from chat.storage.accounts import Accounts, Key

if TYPE_CHECKING:
    from chat.accounts.openid.provider import OpenIdProvider

log = logging.getLogger(__name__)

_ATTEMPTS = "attempts"  # key in the cookie

# Sign-ins that a browser has begun and not ended: one for each of its tabs. Each makes the cookie
# 200 bytes longer.
ATTEMPTS_AT_ONCE = 4
ATTEMPT_LASTS = 600.0  # seconds


class SignInByProvider:
    """Signs people in and out.

    Args:
        provider: Says who somebody is.
        sessions: Begin and end.
        known: Which sessions are good.
        accounts: The records.
        profiles: Those of people who sign in.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        provider: "OpenIdProvider",
        sessions: Sessions,
        known: KnownSessions,
        accounts: Accounts,
        profiles: ProviderProfiles,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._provider = provider
        self._sessions = sessions
        self._known = known
        self._accounts = accounts
        self._profiles = profiles
        self._clock = clock

    def begin(self, return_to: str, *, choose_account: bool = False) -> str:
        """Begin a sign-in; returns the address at the provider.

        Args:
            return_to: The path that the person wants.
            choose_account: Whether the provider has to ask who it is, even if it knows.

        Raises:
            chat.errors.Unavailable: The provider is down.
        """
        address, attempt = self._provider.start(return_to, choose_account=choose_account)
        latest = self._attempts()[1 - ATTEMPTS_AT_ONCE :]
        flask.session[_ATTEMPTS] = [*latest, attempt | {"at": self._clock()}]
        return address

    def _attempts(self) -> list[dict[str, Any]]:
        oldest = self._clock() - ATTEMPT_LASTS
        return [each for each in flask.session.get(_ATTEMPTS, []) if each["at"] > oldest]

    def take_attempt(self, state: str) -> dict[str, Any]:
        """An attempt of this browser, which can't be ended twice.

        Args:
            state: As the provider has sent it back.

        Raises:
            chat.errors.Invalid: This browser has none of that state.
        """
        attempts = self._attempts()
        found = [each for each in attempts if each["state"] == state]
        flask.session[_ATTEMPTS] = [each for each in attempts if each["state"] != state]
        if not found:
            raise Invalid(STALE)
        return found[0]

    def finish(
        self, attempt: Mapping[str, Any], query: Mapping[str, str], device: str
    ) -> SignedIn | None:
        """Sign in who comes back from the provider; the previous session of the browser ends.

        Args:
            attempt: What `take_attempt` has returned.
            query: The parameters of the address.
            device: Says in words what the browser is.

        Returns:
            The previous session; None if nobody was signed in.

        Raises:
            chat.errors.Invalid: It is not the end of this attempt.
            chat.errors.Unauthorized: The provider refuses the person, or its answer is wrong.
            chat.errors.Forbidden: The person may not enter, or is banned.
            chat.errors.Unavailable: The provider or the storage is down.
        """
        identity = self._provider.finish(attempt, query)
        self._provider.admit(identity)
        profile = self._profiles.keep(identity)
        if not identity.refresh_token:
            log.warning(
                "The OpenID provider gave no refresh token: whoever is disabled there stays in here"
            )
        previous = self._sessions.end()
        self._sessions.begin(
            profile,
            device,
            provider_session=identity.provider_session,
            refresh_token=identity.refresh_token,
            id_token=identity.id_token,
        )
        return previous

    def is_signed_in(self) -> bool:
        """Whether somebody is signed in."""
        return self._sessions.current() is not None

    def sign_out(self) -> tuple[SignedIn | None, str]:
        """End the session of the browser.

        Returns:
            It, or None if nobody was signed in; and where the browser ends its session with the
            provider, which is empty where that can't be.
        """
        id_token = self._sessions.id_token()
        signed_in = self._sessions.end()
        return signed_in, self.leave(id_token) if signed_in else ""

    def signed_out_at_provider(self, logout_token: str) -> list[Key]:
        """End the sessions that the provider says are over; returns their keys.

        Raises:
            chat.errors.Invalid: The token is wrong, or names nobody.
            chat.errors.Unavailable: The provider's keys, or the storage, can't be reached.
        """
        over = self._provider.back_channel(logout_token)
        if over.subject is None:
            raise Invalid("The logout token has no subject.")
        person = person_id_of(over.subject)
        try:
            sessions = self._accounts.sessions(person)
        except Unavailable:
            self._provider.expect_again(over)
            raise
        ended = [
            session
            for session in sessions
            if over.provider_session in {None, session.provider_session}
        ]
        for session in ended:
            self._known.end(session.key, session.until)
        return [session.key for session in ended]

    def rename(self, _signed_in: SignedIn, _name: str) -> None:
        """Refuse another name.

        Raises:
            chat.errors.Forbidden: The name comes from the provider.
        """
        raise Forbidden("Your name comes from where you sign in. Change it there.")

    def leave(self, id_token: str = "") -> str:
        """Where a browser ends its session with the provider; empty where that can't be."""
        try:
            return self._provider.logout_url(id_token, "/") or ""
        except Unavailable:
            return ""
