"""The Flask application before there is a chat in it, and the WSGI layers around it."""

from datetime import timedelta

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from chat.assets import serve_assets
from chat.commands import is_serving
from chat.compression import compress_pages
from chat.delivery.development import QuietWebSockets
from chat.delivery.extension import SocketIO, is_patched
from chat.headers import add_headers
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
    if hops := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
