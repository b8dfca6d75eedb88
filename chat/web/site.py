"""All addresses of the chat, except those of Socket.IO and of static files."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from flask import Blueprint, Flask

from chat.accounts.bans import Bans
from chat.accounts.known_sessions import KnownSessions
from chat.accounts.own_sessions import OwnSessions
from chat.history.reader import Reader
from chat.rate_limit import RateLimit
from chat.rooms.access import Access
from chat.settings import Settings
from chat.storage import History
from chat.storage.accounts import Key, Revocation
from chat.web.account import create_account
from chat.web.bans import create_bans
from chat.web.first_sight import create_first_sight
from chat.web.health import create_health
from chat.web.installation import create_installation
from chat.web.page_errors import create_page_errors
from chat.web.pages import create_pages
from chat.web.ways_in import WayIn


class Connected(NamedTuple):
    """What the pages do with the connections of people."""

    is_here: Callable[[Key], bool]  # whether a session has a connection
    session_ended: Callable[[Key], None]  # ends the connections of a session
    renamed: Callable[[str], None]  # ends those of somebody that have the former name
    revoked: Callable[[Revocation], None]  # ends those of somebody who is shut out
    forget: Callable[[str], None]  # has the profile of somebody looked up again


def add_site(
    app: Flask,
    settings: Settings,
    way_in: WayIn,
    access: Access,
    rate: RateLimit,
    reader: Reader,
    history: History,
    known: KnownSessions,
    connected: Connected,
    is_ready: Callable[[], bool],
) -> None:
    """Add the pages, the forms, and what programs ask for."""
    sessions = way_in.sessions
    forms = (
        create_pages(settings=settings, sessions=sessions, access=access, sign_in_page=way_in.page),
        way_in.forms,
        create_account(
            sessions,
            OwnSessions(history.accounts, known, way_in.sign_out),
            way_in.rename,
            rate,
            is_here=connected.is_here,
            session_ended=connected.session_ended,
            renamed=connected.renamed,
        ),
        create_bans(
            sessions, Bans(history.accounts, known, connected.revoked), rate, connected.forget
        ),
        create_first_sight(sessions, access, rate, reader),
        create_installation(settings),
        create_health(is_ready),
    )
    _register(app, forms)
    _register(app, (create_page_errors(), *way_in.calls), with_token=False)


def _register(app: Flask, parts: Sequence[Blueprint], *, with_token: bool = True) -> None:
    """Add addresses to the application; forms have to send a token, other programs have none."""
    for part in parts:
        app.register_blueprint(part)
        if not with_token:
            app.extensions["csrf"].exempt(part)
