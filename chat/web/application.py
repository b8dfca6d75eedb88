"""The Flask application without the chat's pages, and the WSGI layers around it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from chat.accounts.session_cookie import CookieSessions
from chat.accounts.tickets import LASTS
from chat.delivery.development import QuietWebSockets
from chat.delivery.extension import SocketIO, is_patched
from chat.settings import Settings
from chat.web.assets import serve_assets
from chat.web.compression import compress_pages
from chat.web.cross_site import may_set_cookies, refuse_cross_site
from chat.web.headers import add_headers
from chat.web.hosts import KnownHosts
from chat.web.page_rate import PageRate
from chat.web.request_log import log_requests


def make_flask(keys: Sequence[str]) -> Flask:
    """The application: its session cookie, and the hooks before and after every request.

    Args:
        keys: The first signs the cookies, those of the others are accepted; none for a command
            that serves no requests.
    """
    # The name is that of Flask's logger; the templates are beside this package.
    app = Flask("chat.web", static_folder=None, root_path=str(Path(__file__).parent.parent))
    app.config.update(
        SECRET_KEY=keys[0] if keys else None,
        SECRET_KEY_FALLBACKS=keys[1:],
        WTF_CSRF_SECRET_KEY=[*reversed(keys)],  # the last one signs
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=LASTS),
        MAX_CONTENT_LENGTH=16 * 1024,  # bytes of a form
        WTF_CSRF_TIME_LIMIT=None,  # tokens are valid as long as the session
    )
    app.session_interface = CookieSessions(may_set_cookies)
    log_requests(app)  # first, so that it also logs requests that the next hooks refuse
    refuse_cross_site(app)
    CSRFProtect(app)
    add_headers(app)
    compress_pages(app)
    return app


def wrap(app: Flask, socketio: SocketIO, settings: Settings) -> None:
    """Put the WSGI layers around the pages: the layer that is added last sees a request first."""
    serve_assets(app)
    app.wsgi_app = PageRate(app.wsgi_app, settings.sign_in_rate)  # type: ignore[method-assign]
    socketio.init_app(app)
    if not is_patched():
        app.wsgi_app = QuietWebSockets(app.wsgi_app)  # type: ignore[method-assign]
    app.is_behind_proxies = settings.proxies > 0  # type: ignore[attr-defined]  # for the worker
    app.wsgi_app = KnownHosts(app.wsgi_app, settings.hosts)  # type: ignore[method-assign]
    if hops := settings.proxies:
        # X-Forwarded-Host isn't trusted: a client could set it where the proxy doesn't.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
