"""How people sign in, as the settings say: by name, or with an OpenID provider."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Blueprint

from chat.accounts.by_name import SignInByName
from chat.accounts.by_provider import SignInByProvider
from chat.accounts.join_code import JoinCode
from chat.accounts.known_sessions import KnownSessions
from chat.accounts.names_in_use import NamesInUse
from chat.accounts.openid import open_provider
from chat.accounts.provider_checks import ProviderChecks
from chat.accounts.provider_profiles import ProviderProfiles
from chat.accounts.sessions import Sessions, SignedIn
from chat.accounts.tickets import Tickets
from chat.delivery.allowance import Allowance
from chat.rate_limit import RateLimit
from chat.settings import Settings
from chat.storage.accounts import Accounts, Key
from chat.web.provider_sign_in import (
    SignInByProviderPage,
    create_back_channel,
    create_sign_in_by_provider,
)
from chat.web.sign_in import SignInByNamePage, create_sign_in_by_name

if TYPE_CHECKING:
    from chat.accounts.openid.provider import OpenIdProvider


class Surroundings(NamedTuple):
    """What both ways need of the other parts of the chat."""

    settings: Settings
    known: KnownSessions
    accounts: Accounts
    is_connected: Callable[[str], bool]  # whether a person has a connection, by the id
    disconnect: Callable[[str], None]  # ends the connections of somebody who has lost the name
    session_ended: Callable[[Key], None]  # ends the connections of a session
    start: Callable[..., Any]  # starts a function in the background
    sleep: Callable[[float], Any]  # waits there for some seconds


class WayIn(NamedTuple):
    """One way to sign in, and out."""

    sessions: Sessions
    names: NamesInUse | None  # None where a name belongs to an account
    allowances: dict[str, Allowance]  # of what an address may try, by name
    page: SignInByNamePage | SignInByProviderPage
    forms: Blueprint  # what the page sends
    calls: tuple[Blueprint, ...]  # what the provider sends, which has no token of a form
    sign_out: Callable[[], tuple[SignedIn | None, str]]
    rename: Callable[[SignedIn, str], None]
    watch: Callable[[Callable[[], Iterable[Key]]], None]  # checks the sessions that are connected


def create_way_in(around: Surroundings) -> WayIn:
    """The way that the settings name."""
    provider = open_provider(around.settings, around.start, around.sleep)
    return _by_provider(around, provider) if provider else _by_name(around)


def _by_name(around: Surroundings) -> WayIn:
    names = NamesInUse(around.is_connected)
    sessions = Sessions(around.known, names, around.disconnect)
    code = around.settings.join_code
    join_code = JoinCode(code.get_secret_value() if code else "")
    rate = _rate(around)
    tickets = Tickets(around.known)
    by_name = SignInByName(around.known, sessions, tickets, names, join_code)
    page = SignInByNamePage(tickets, join_code)
    return WayIn(
        sessions,
        names,
        {"sign-ins": rate.allowance, "wrong join codes": join_code.wrong},
        page,
        create_sign_in_by_name(by_name, page, rate, around.session_ended),
        calls=(),
        sign_out=by_name.sign_out,
        rename=by_name.rename,
        watch=lambda _connected: None,
    )


def _by_provider(around: Surroundings, provider: "OpenIdProvider") -> WayIn:
    profiles = ProviderProfiles(around.accounts, around.known)
    checks = ProviderChecks(provider, around.accounts, around.known, profiles, around.session_ended)
    sessions = Sessions(around.known, None, around.disconnect, checks.check_if_stale)
    by_provider = SignInByProvider(provider, sessions, around.known, around.accounts, profiles)
    page = SignInByProviderPage(around.settings.oidc_name, lambda: provider.is_reachable)
    rate = _rate(around)

    def watch(connected: Callable[[], Iterable[Key]]) -> None:
        provider.watch()
        checks.watch(connected, around.start, around.sleep)

    return WayIn(
        sessions,
        None,
        {"sign-ins": rate.allowance},
        page,
        create_sign_in_by_provider(by_provider, page, rate, around.session_ended),
        calls=(create_back_channel(by_provider, around.session_ended),),
        sign_out=by_provider.sign_out,
        rename=by_provider.rename,
        watch=watch,
    )


def _rate(around: Surroundings) -> RateLimit:
    return RateLimit("sign-ins", around.settings.sign_in_rate, 60)
