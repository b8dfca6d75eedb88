"""The application factory: the only place where the parts of the chat meet."""

import logging
import sys
from datetime import timedelta

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from chat.access import Access
from chat.announcements import Announcements
from chat.assets import serve_assets
from chat.broadcasts import Broadcasts
from chat.commands import add_commands, is_serving
from chat.concurrency import is_green, off_the_hub
from chat.connections import Connections
from chat.delivery.development import QuietWebSockets
from chat.delivery.extension import SocketIO
from chat.errors import Unavailable
from chat.headers import add_headers
from chat.history import History, open_history
from chat.history.writer import Writer
from chat.identity import CookieSessions, Person, Sessions
from chat.lifecycle import Lifecycle
from chat.messages import MessageIds
from chat.names import NamesInUse
from chat.origins import check_origin
from chat.pages import create_pages
from chat.rate_limits import RateLimit
from chat.request_log import log_requests
from chat.rooms import RoomsNamespace
from chat.secret_key import secret_key
from chat.settings import Settings, load_settings
from chat.typing_indicators import TypingNamespace

log = logging.getLogger(__name__)

MAX_PACKET = 1_000_000  # bytes; the settings say how long a message may be


def create_app(settings: Settings | None = None) -> Flask:
    """The application.

    Args:
        settings: None for those of the environment.

    Raises:
        chat.settings.SettingsError: A setting is bad, or the history can't be used.
    """
    settings = settings or load_settings()
    app = _flask(settings)
    history = _history(settings)
    socketio = SocketIO(
        async_handlers=False,  # the events of one client are handled in their order
        max_http_buffer_size=MAX_PACKET,
        max_unsent_bytes=settings.socket_buffer or sys.maxsize,
        cors_allowed_origins=check_origin(settings.origins),
    )

    connections = Connections(settings.sockets, settings.sockets_per_user)
    typing_connections = Connections(settings.sockets, settings.sockets_per_user)

    def is_connected(person_id: str) -> bool:
        return connections.is_connected(person_id) or typing_connections.is_connected(person_id)

    sessions = Sessions(NamesInUse(is_connected))
    access = Access(settings.rooms)
    event_rate = RateLimit("events", settings.event_rate, 10)
    common = {"sessions": sessions, "access": access, "event_rate": event_rate}

    broadcasts = Broadcasts(socketio)
    announcements = Announcements(broadcasts, connections, socketio)
    ids = MessageIds()
    writer = Writer(history, ids, announcements.message)
    rooms = RoomsNamespace(
        connections=connections,
        history=history,
        writer=writer,
        ids=ids,
        presence=announcements.presence,
        send_rate=RateLimit("messages", settings.send_rate, 10),
        page_size=settings.page_size,
        message_length=settings.message_length,
        **common,
    )
    typing = TypingNamespace(
        broadcasts,
        connections=typing_connections,
        **common,
    )
    socketio.on_namespace(rooms)
    socketio.on_namespace(typing)

    def signed_out(person: Person) -> None:
        rooms.disconnect_person(person)
        typing.disconnect_person(person)

    lifecycle = Lifecycle(history, writer, broadcasts, connections, socketio)
    app.register_blueprint(
        create_pages(
            settings=settings,
            sessions=sessions,
            access=access,
            sign_in_rate=RateLimit("sign-ins", settings.sign_in_rate, 60),
            signed_out=signed_out,
            is_ready=lifecycle.is_ready,
        )
    )
    add_commands(app, history)
    _wrap(app, socketio, settings)
    app.drain = lifecycle.drain  # type: ignore[attr-defined]  # the gunicorn worker calls it
    return app


def _wrap(app: Flask, socketio: SocketIO, settings: Settings) -> None:
    """Put the WSGI layers around the pages: what is added last sees a request first."""
    serve_assets(app)
    socketio.init_app(app)
    if not is_green():
        app.wsgi_app = QuietWebSockets(app.wsgi_app)  # type: ignore[method-assign]
    if hops := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]


def _flask(settings: Settings) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=secret_key(settings) if is_serving() else None,
        SESSION_COOKIE_NAME="cloud_chat",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=16 * 1024,  # bytes of a form
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.session_interface = CookieSessions()
    log_requests(app)  # first, so that it sees what the next one refuses
    CSRFProtect(app)
    add_headers(app)
    return app


def _history(settings: Settings) -> History:
    history = off_the_hub(open_history(settings.history, settings.retention_days))
    if is_serving():
        try:
            history.check()
        except Unavailable as error:
            log.warning("Starting without the history, which may come back: %s", error)
    return history
