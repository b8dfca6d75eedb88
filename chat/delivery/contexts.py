"""The Flask context in which handlers of events run."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.ctx import RequestContext
from flask.sessions import SessionMixin

from chat.delivery.environ import bare_environ

# Shared by all events: after connecting, handlers don't see the request that opened the session.
_ENVIRON = bare_environ()


class ConnectContext(RequestContext):
    """The context of a connect handler: that of the request which opened the session."""

    def __init__(
        self, app: Flask, environ: dict[str, Any], session: SessionMixin | None = None
    ) -> None:
        """As in Flask, but without URL matching, which costs as much as everything else here."""
        self.app = app
        self.request = app.request_class(environ)
        self.request.json_module = app.json
        self.flashes = None
        self._session = session
        self._after_request_functions = []
        self._cv_tokens = []
        self.url_adapter = None


class EventContext(ConnectContext):
    """A request context that costs a quarter of that of an HTTP request.

    `flask.current_app`, `flask.g` and Flask-SocketIO's additions to `flask.request` (`sid`,
    `namespace`, `event`) are available; the rest of the request and `flask.session` are empty.
    So the connect handler has to store who the client is.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__(app, _ENVIRON, session=app.session_interface.make_null_session(app))


@functools.cache
def _numbers_of_arguments(handler: Callable[..., Any]) -> tuple[int, float]:
    fewest, most = 0, 0.0
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            most = float("inf")
        elif parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}:
            fewest += parameter.default is parameter.empty
            most += 1
    return fewest, most


def accepts(handler: Callable[..., Any], arguments: int) -> bool:
    """Whether a handler can be called with this number of arguments."""
    fewest, most = _numbers_of_arguments(handler)
    return fewest <= arguments <= most
