"""The OpenID provider: who somebody is, and whether the person may still come in."""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from chat.accounts.openid import STALE
from chat.accounts.openid.addresses import challenge, logout_address, prompt_for, with_query
from chat.accounts.openid.discovery import Discovery
from chat.accounts.openid.identity import (
    Identity,
    can_be_sent,
    is_one_of,
    is_short,
    read_identity,
    read_refresh_token,
    subject_of,
)
from chat.accounts.openid.keys import SigningKeys
from chat.accounts.openid.logouts import LogOut, Logouts
from chat.accounts.openid.metadata import Metadata
from chat.accounts.openid.token_endpoint import RefusedError, TokenEndpoint
from chat.accounts.openid.tokens import BadTokenError, ClocksDifferError, Tokens, same
from chat.accounts.openid.transport import DOWN, Transport
from chat.clocks import Clock, steady
from chat.errors import Forbidden, Invalid, Unauthorized, Unavailable
from chat.settings import Settings

log = logging.getLogger(__name__)

CALLBACK = "/sign-in/callback"  # where the provider sends people back to

CLOCKS_DIFFER = (
    "The clocks of this chat and of the sign-in service differ too much. "
    "Only those who run them can change that."
)
UNTRUSTED = "The sign-in service sent an answer that can't be trusted. Please try again."
REFUSED = "The sign-in service refuses this chat. Only those who run it can change that."
NO_LONGER = "The sign-in service doesn't let you in any more. Sign in again."


class Refreshed(NamedTuple):
    """The provider still lets somebody in.

    `refresh_token` replaces the one that was sent. `identity` is what the provider says of the
    person now; None if it said nothing, or nothing that can be believed.
    """

    refresh_token: str
    identity: Identity | None


class OpenIdProvider:
    """The provider that the settings name.

    Methods may wait for the provider, whatever it does for 10 seconds at most for each question.
    `finish` has mostly one, rarely up to five: for tokens, keys, keys again, user info, metadata.

    Args:
        settings: Those that begin with `oidc_`, and `base_url`, `allowed`, `administrators`.
        start: Starts a function in the background.
        sleep: Waits for some seconds.
        wall: Seconds since the epoch.
        clock: Seconds, monotonic.
        transport: Sends the requests.
    """

    def __init__(
        self,
        settings: Settings,
        start: Callable[[Callable[[], None]], Any],
        sleep: Callable[[float], Any],
        *,
        wall: Clock = time.time,
        clock: Clock = steady,
        transport: Transport | None = None,
    ) -> None:
        self._settings = settings
        self._issuer, self._client_id = settings.oidc_issuer, settings.oidc_client_id
        self._start = start
        self._sleep = sleep
        self._transport = transport = transport or Transport(self._issuer)
        self._discovery = Discovery(self._issuer, transport, clock)
        self._endpoint = TokenEndpoint(
            self._client_id, settings.oidc_client_secret.get_secret_value(), transport
        )
        keys = SigningKeys(transport, clock)
        self._tokens = Tokens(self._issuer, self._client_id, keys, wall)
        self._logouts = Logouts(clock)
        self._needs = {settings.oidc_name_claim, "email"}
        if any("@" not in each for each in (*settings.allowed, *settings.administrators)):
            self._needs.add(settings.oidc_groups_claim)

    @property
    def is_reachable(self) -> bool:
        """Whether the provider answered last time; if not, it is asked again in 10 seconds."""
        return self._discovery.is_reachable

    def watch(self) -> None:
        """Find the provider, and go on looking whether it is there, in the background."""
        self._start(lambda: self._discovery.follow(self._sleep))

    def start(self, return_to: str, *, choose_account: bool = False) -> tuple[str, dict[str, str]]:
        """Begin a sign-in.

        Args:
            return_to: The path that the person wants; it comes back with the attempt.
            choose_account: Whether the provider has to ask who it is, even if it knows.

        Returns:
            The address to which to send the browser, and the attempt: what to keep for this browser
            alone until it comes back, by its "state".

        Raises:
            chat.errors.Unavailable: The provider is down.
        """
        metadata = self._discovery.sure()
        attempt = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        address = with_query(
            metadata.authorization_endpoint,
            {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": self._callback,
                "scope": self._settings.oidc_scopes,
                "state": attempt["state"],
                "nonce": attempt["nonce"],
                "code_challenge": challenge(attempt["verifier"]),
                "code_challenge_method": "S256",
                **prompt_for(self._issuer, choose_account=choose_account),
            },
        )
        return address, {**attempt, "return_to": return_to}

    @property
    def _callback(self) -> str:
        return self._settings.base_url + CALLBACK

    def finish(self, attempt: Mapping[str, str], query: Mapping[str, str]) -> Identity:
        """End a sign-in: who has come back. Ask `admit` whether this person may enter.

        Args:
            attempt: What `start` has returned; use it once.
            query: The parameters of the address to which the provider has sent the browser.

        Raises:
            chat.errors.Invalid: It is not the end of this attempt.
            chat.errors.Unauthorized: The provider refuses the person, or its answer is wrong.
            chat.errors.Unavailable: The provider is down.
        """
        if not same(query.get("state"), attempt["state"]):
            raise Invalid(STALE)
        metadata = self._discovery.known()
        self._check_sender(metadata, query.get("iss"))
        if "error" in query:
            _explain(query)
        form = {
            "grant_type": "authorization_code",
            "code": query.get("code", ""),
            "redirect_uri": self._callback,
            "code_verifier": attempt["verifier"],
        }
        try:
            tokens = self._endpoint.ask(metadata, form)
            return self._identify(metadata, tokens, attempt["nonce"])
        except RefusedError:
            raise Invalid(STALE) from None
        except BadTokenError as error:
            log.warning("A token of the OpenID provider is refused: %s", error)
            is_clock = isinstance(error, ClocksDifferError)
            raise Unauthorized(CLOCKS_DIFFER if is_clock else UNTRUSTED) from None

    def _check_sender(self, metadata: Metadata, named: str | None) -> None:
        """RFC 9207: another provider must not get the code of this one, nor the reverse."""
        if named is None and not metadata.names_itself:
            return
        if named != self._issuer:
            log.warning("Somebody came back from another OpenID provider: %s", str(named)[:300])
            raise Unauthorized(UNTRUSTED)

    def _identify(
        self, metadata: Metadata, tokens: Mapping[str, Any], nonce: str | None
    ) -> Identity:
        id_token = tokens.get("id_token")
        claims = self._tokens.read_id_token(id_token, metadata.jwks_uri, nonce)
        if self._needs - claims.keys():
            more = self._user_info(metadata, tokens, claims["sub"])
            if more is None and nonce is None:  # a refresh: what isn't known changes nothing
                raise Unavailable(DOWN)
            claims = {**(more or {}), **claims}
        return read_identity(self._settings, claims, tokens)

    def _user_info(
        self, metadata: Metadata, tokens: Mapping[str, Any], sub: str
    ) -> Mapping[str, Any] | None:
        """More claims, None if they can't be had: some ID tokens have just the subject."""
        if not metadata.userinfo_endpoint:
            return {}
        access_token = tokens.get("access_token")
        if not can_be_sent(access_token):
            return None
        answer = self._transport.get(metadata.userinfo_endpoint, f"Bearer {access_token}")
        if answer.body.get("sub") != sub:  # somebody else, or an error
            log.warning("The OpenID provider gave no user info: status %s", answer.status)
            return None
        return answer.body

    def admit(self, identity: Identity) -> None:
        """Let those in who may.

        Raises:
            chat.errors.Forbidden: The settings don't name this person.
        """
        allowed = self._settings.allowed
        if allowed and not is_one_of(allowed, identity.email, identity.groups):
            who = identity.email or identity.name
            raise Forbidden(
                f"You are signed in with the sign-in service as {who}, who may not enter this "
                "chat. Sign in with another account, or ask an administrator to let you in."
            )

    def knows(self, subject: str) -> bool:
        """Whether somebody signed in with this provider: not by name, nor with a former one."""
        return subject.startswith(subject_of(self._issuer, ""))

    def still_allowed(self, refresh_token: str, subject: str) -> Refreshed:
        """Ask the provider whether somebody may still sign in. Give the identity to `admit`, too.

        Args:
            refresh_token: The latest of the session; many providers take each only once.
            subject: The subject of the session.

        Raises:
            chat.errors.Unauthorized: The provider doesn't let this person in any more.
            chat.errors.Unavailable: It is unknown; the person stays in.
        """
        metadata = self._discovery.known()
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            tokens = self._endpoint.ask(metadata, form)
        except RefusedError:
            raise Unauthorized(NO_LONGER) from None
        identity = self._identify_again(metadata, tokens)
        if identity and identity.subject != subject:
            raise Unauthorized(NO_LONGER)
        return Refreshed(read_refresh_token(tokens) or refresh_token, identity)

    def _identify_again(self, metadata: Metadata, tokens: Mapping[str, Any]) -> Identity | None:
        """Who somebody is, if the provider says so; the new refresh token must not get lost."""
        if not tokens.get("id_token"):
            return None
        try:
            return self._identify(metadata, tokens, None)
        except BadTokenError as error:
            log.warning("A token of the OpenID provider is refused: %s", error)
        except Unavailable:
            pass  # it is logged
        return None

    def logout_url(self, id_token: str, return_to: str) -> str | None:
        """Where the browser ends its session with the provider; None if there is no such place.

        Args:
            id_token: That of the session, or empty; with it the provider need not ask.
            return_to: The path of the chat to which the provider sends the browser back.

        Raises:
            chat.errors.Unavailable: The provider is down, and was so since the start.
        """
        address = self._settings.base_url + return_to
        metadata = self._discovery.known()
        return logout_address(self._issuer, metadata, self._client_id, id_token, address)

    def back_channel(self, logout_token: str) -> LogOut:
        """Who has signed out at the provider, which tells this by itself.

        Raises:
            chat.errors.Invalid: The token is wrong, or came before.
            chat.errors.Unavailable: The provider's keys can't be fetched.
        """
        metadata = self._discovery.known()
        try:
            claims = self._tokens.read_logout_token(logout_token, metadata.jwks_uri)
        except BadTokenError as error:
            log.warning("A logout token of the OpenID provider is refused: %s", error)
            raise Invalid("This is not a logout token of the provider.") from None
        if not self._logouts.is_new(claims["jti"]):
            raise Invalid("This logout token was used before.")
        sub, session = claims.get("sub"), claims.get("sid")
        return LogOut(
            subject_of(self._issuer, sub) if is_short(sub) else None,
            session if is_short(session) else None,
            claims["jti"],
        )

    def expect_again(self, log_out: LogOut) -> None:
        """The provider may tell of a logout once more, because nothing could be done about it."""
        self._logouts.forget(log_out.id)


def _explain(query: Mapping[str, str]) -> NoReturn:
    """Say in words what the provider says in a code."""
    error = query["error"]
    if error in {"access_denied", "login_required", "interaction_required", "consent_required"}:
        raise Unauthorized("You are not signed in: the sign-in service did not let you in.")
    if error in {"temporarily_unavailable", "server_error"}:
        raise Unavailable(DOWN)
    why = query.get("error_description", "")
    log.warning("The OpenID provider refuses sign-ins: %s %s", error[:100], why[:300])
    raise Unavailable(REFUSED)
