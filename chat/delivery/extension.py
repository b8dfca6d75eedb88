"""Flask-SocketIO, on eventlet's hub where the process is patched for eventlet.

Handlers are written as for Flask-SocketIO. The differences: events of one client are handled in
order; `flask.session` and the headers of the request are there in the connect handler only, and
`url_for` in none; what isn't a valid Socket.IO packet, or calls a handler with a wrong number of
arguments, closes the connection; events are JSON, without binary attachments; `emit` has to be
called from a green thread, not from a thread of the operating system.
"""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flask
import flask_socketio
from flask.ctx import RequestContext

from chat.delivery import options as supported
from chat.delivery.events import ConnectContext, EventContext, accepts
from chat.delivery.packets import PacketError
from chat.delivery.server import Server, hub_server

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# What RFC 6455 says to clients that a server disconnects because it stops.
SERVICE_RESTART = 1012


class SocketIO(flask_socketio.SocketIO):  # type: ignore[misc]
    """The extension; options are those in `options.py`. Beside Flask-SocketIO's there are these.

    max_unsent_bytes: How much may wait for a client that doesn't read before it is disconnected;
        1 MiB by default.
    max_held_bytes: How much may be kept for all clients together: beginnings of messages, and what
        waits for clients that don't read. Over it the largest are dropped; 128 MiB by default. Half
        as much may be taken by long messages that wait for their handler.
    max_sessions: How many members may be here, whether connect handlers have agreed or not;
        further ones are answered with the HTTP status 503. No limit by default.
    max_handshakes: How often a member may open a connection in ten seconds, and how often all
        strangers of one address may in two, where ten times are the most; more are answered with
        429. No limit by default.
    member_of: Called with the WSGI environment of a new client; says which member it is, or None
        for a stranger. Strangers have 500 places of their own. Without this everybody is a member,
        known by the address.
    connect_timeout: Seconds that a client has to connect to a namespace; 10 by default. One that
        no namespace has let in is disconnected even sooner.
    max_http_buffer_size: How long a message from a client may be, in bytes; until a namespace has
        let it in, at most 16 KiB.
    client_manager: A `chat.delivery.manager.Manager`.
    """

    server: Server
    app: flask.Flask

    def init_app(self, app: flask.Flask, **options: Any) -> None:
        """Serve Socket.IO under `path` (`socket.io`) of an application.

        Raises:
            ValueError: An option is not supported.
        """
        self.server_options.update(options)
        supported.check(self.server_options)
        self.app = app
        app.extensions["socketio"] = self
        path = self.server_options.pop("path", "socket.io").strip("/")
        self.server = _make_server(self.server_options)
        self.async_mode = self.server.async_mode
        for message, handler, namespace in self.handlers:
            self.server.on(message, handler, namespace=namespace)
        for namespace_handler in self.namespace_handlers:
            self.server.register_namespace(namespace_handler)
        app.wsgi_app = _Middleware(self.server, app.wsgi_app, f"/{path}/")  # type: ignore[method-assign]

    def _handle_event(
        self, handler: Callable[..., Any], message: str, namespace: str, sid: str, *args: Any
    ) -> Any:
        """Call a handler; Flask-SocketIO does so through this method."""
        if message == "connect":
            environ, auth = args
            args = (auth,) if accepts(handler, 1) else ()
            context: RequestContext = ConnectContext(self.app, environ)
        else:
            context = EventContext(self.app)
            if message == "disconnect" and not accepts(handler, len(args)):
                args = ()
        if not accepts(handler, len(args)):
            raise PacketError("wrong number of arguments")
        with context:
            _describe(context, message, namespace, sid, args)
            try:
                return handler(*args)
            except Exception as error:
                explain = self.exception_handlers.get(namespace, self.default_exception_handler)
                # A connect handler that fails has not agreed, whatever an error handler returns.
                if message == "connect" or explain is None:
                    raise
                return explain(error)

    def close(self, sid: str, namespace: str, reason: str = "") -> None:
        """Close the connection of a client, with all its namespaces.

        Args:
            sid: The client.
            namespace: Where it has this sid.
            reason: Told to the client, at most 123 characters of ASCII.
        """
        eio_sid = self.server.manager.eio_sid_from_sid(sid, namespace)
        if eio_sid is None:
            return
        if is_patched():
            self.server.eio.close([eio_sid], reason=reason)
        else:
            self.server.eio.disconnect(eio_sid)

    def refuse_newcomers(self) -> None:
        """Let nobody open a connection any more."""
        if is_patched():
            self.server.eio.draining = True

    def drain(self, seconds: float) -> None:
        """Close all connections because the process has to end.

        `EventletWorker` calls `app.drain(seconds)`: an application sets it to this method, or to
        a function that calls this method.

        Clients are told that the service restarts, which they take for a reason to reconnect.

        Args:
            seconds: How long to wait for disconnect handlers and for what is still unsent.
        """
        deadline = time.monotonic() + seconds
        engine = self.server.eio
        if not is_patched():
            engine.disconnect()
            return
        self.refuse_newcomers()
        engine.close(list(engine.sockets), SERVICE_RESTART, "the service restarts")
        while not engine.is_empty and time.monotonic() < deadline:
            self.sleep(0.05)


def _make_server(options: dict[str, Any]) -> Server:
    if is_patched():
        return hub_server(**options)
    threads = {"async_mode": "threading"} | options
    return Server(
        **{key: value for key, value in threads.items() if key not in supported.HUB_OPTIONS}
    )


def is_patched() -> bool:
    """Whether eventlet has patched the process; asked without importing eventlet."""
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and bool(patcher.is_monkey_patched("socket"))


def _describe(
    context: RequestContext, message: str, namespace: str, sid: str, args: tuple[Any, ...]
) -> None:
    """Add to `flask.request` what Flask-SocketIO promises there."""
    request: Any = context.request
    request.sid = sid
    request.namespace = namespace
    request.event = {"message": message, "args": args}


class _Middleware:
    """Takes the requests under one path from the application."""

    def __init__(self, server: Server, application: "WSGIApplication", path: str) -> None:
        self._server = server
        self._application = application
        self._path = path

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        if environ["PATH_INFO"].startswith(self._path):
            answer: Iterable[bytes] = self._server.handle_request(environ, start_response)
            return answer
        return self._application(environ, start_response)
