"""The Flask application before there is a chat in it, and the WSGI layers around it."""

from datetime import timedelta

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from chat.assets import serve_assets
from chat.commands import is_serving
from chat.compression import compress_pages
from chat.cross_site import refuse_cross_site
from chat.delivery.development import QuietWebSockets
from chat.delivery.extension import SocketIO, is_patched
from chat.headers import add_headers
from chat.hosts import KnownHosts
from chat.identity import LASTS
from chat.page_rate import PageRate
from chat.request_log import log_requests
from chat.secret_key import secret_key
from chat.session_cookie import CookieSessions
from chat.settings import Settings


def make_flask(settings: Settings) -> Flask:
    """The application: its session cookie, and what happens before and after every page."""
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=secret_key(settings) if is_serving() else None,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=LASTS),
        MAX_CONTENT_LENGTH=16 * 1024,  # bytes of a form
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.session_interface = CookieSessions()
    log_requests(app)  # first, so that it sees what the next ones refuse
    refuse_cross_site(app)
    CSRFProtect(app)
    add_headers(app)
    compress_pages(app)
    return app


def wrap(app: Flask, socketio: SocketIO, settings: Settings) -> None:
    """Put the WSGI layers around the pages: what is added last sees a request first."""
    serve_assets(app)
    app.wsgi_app = PageRate(app.wsgi_app, settings.sign_in_rate)  # type: ignore[method-assign]
    socketio.init_app(app)
    if not is_patched():
        app.wsgi_app = QuietWebSockets(app.wsgi_app)  # type: ignore[method-assign]
    app.is_behind_proxies = settings.proxies > 0  # type: ignore[attr-defined]  # for the worker
    app.wsgi_app = KnownHosts(app.wsgi_app, settings.hosts)  # type: ignore[method-assign]
    if hops := settings.proxies:
        # Without X-Forwarded-Host: what asks could set it where the proxy doesn't.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
