"""Flask-SocketIO, on eventlet's hub where the process is patched for eventlet.

Handlers are written as for Flask-SocketIO. The differences:

- The events of one client are handled in order.
- `flask.session` and the request's headers are available only in connect handlers, and `url_for`
  in no handler.
- An invalid Socket.IO packet closes the connection, and so does a wrong number of arguments.
- Events are JSON, without binary attachments.
- `emit` has to be called from a green thread, not from a thread of the operating system.
"""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import flask
import flask_socketio
from flask.ctx import RequestContext

from chat.delivery import options as supported
from chat.delivery.contexts import ConnectContext, EventContext, accepts
from chat.delivery.packets import PacketError
from chat.delivery.server import Server, hub_server

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# WebSocket status code, of IANA's registry (RFC 6455, section 11.7): the server restarts.
SERVICE_RESTART = 1012


class SocketIO(flask_socketio.SocketIO):  # type: ignore[misc]
    """The extension. `options.py` lists all options; these are added or differ.

    max_unsent_bytes: Send buffer of one client; a client that exceeds it, because it doesn't read,
        is disconnected. 1 MiB by default.
    max_held_bytes: Budget of all buffers together: incomplete messages, and send buffers of clients
        that don't read. Over it, the clients with the largest buffers are disconnected. 128 MiB by
        default. Long messages that wait for their handler have a second budget, half as large.
    max_sessions: Limit of sessions, except those of strangers whom no namespace has admitted yet;
        further members are answered with the HTTP status 503. No limit by default.
    max_handshakes: How many sessions a member may open in ten seconds, and all strangers of one
        address in two seconds, there at most ten; more are answered with 429. No limit by default.
    member_of: Called with the WSGI environment of a new client; returns its member id, or None for
        a stranger. Up to 500 strangers may wait to be admitted, beside `max_sessions`. Without this
        every client is a member, identified by its address.
    connect_timeout: Seconds that a client has to connect to a namespace; 10 by default. After a
        refusal it has at most one second more.
    max_http_buffer_size: Limit of one message from a client, in bytes; at most 16 KiB until a
        namespace has admitted the client.
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
                # A connect handler that raises refuses, whatever the error handler returns.
                if message == "connect" or explain is None:
                    raise
                return explain(error)

    def close(self, sid: str, namespace: str, reason: str = "") -> None:
        """Close the connection of a client, with all its namespaces.

        Args:
            sid: The client.
            namespace: The namespace that `sid` belongs to.
            reason: Sent to the client, at most 123 ASCII characters.
        """
        eio_sid = self.server.manager.eio_sid_from_sid(sid, namespace)
        if eio_sid is None:
            return
        if is_patched():
            self.server.eio.close([eio_sid], reason=reason)
        else:
            self.server.eio.disconnect(eio_sid)

    @property
    def slow_clients(self) -> int:
        """How many clients were disconnected because too much waited for them; in threads none."""
        return self.server.eio.reactor.held.dropped if is_patched() else 0

    def refuse_newcomers(self) -> None:
        """Refuse new sessions from now on."""
        if is_patched():
            self.server.eio.draining = True

    def drain(self, seconds: float) -> None:
        """Close all connections because the process has to end.

        `EventletWorker` calls `app.drain(seconds)`: an application sets it to this method, or to
        a function that calls this method.

        Clients are told that the service restarts, so they reconnect.

        Args:
            seconds: How long to wait for disconnect handlers and until send buffers are empty.
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
    """Whether eventlet has patched the process; doesn't import eventlet."""
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and bool(patcher.is_monkey_patched("socket"))


def _describe(
    context: RequestContext, message: str, namespace: str, sid: str, args: tuple[Any, ...]
) -> None:
    """Add the attributes that Flask-SocketIO documents to `flask.request`."""
    request: Any = context.request
    request.sid = sid
    request.namespace = namespace
    request.event = {"message": message, "args": args}


class _Middleware:
    """Serves the requests under one path with Socket.IO, all others with the application."""

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
