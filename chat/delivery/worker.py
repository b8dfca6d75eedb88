"""The gunicorn worker: `gunicorn -k chat.delivery.worker.EventletWorker wsgi:app`.

Gunicorn has no eventlet worker of its own since version 26, but the base class for workers of
this kind is public and this is all that it takes on top.
"""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gunicorn.workers.base_async import AsyncWorker

from chat.delivery.green import eventlet, hubs, patch

if TYPE_CHECKING:
    from types import FrameType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Seconds between two heartbeats to gunicorn's master, and at most until a signal is noticed.
HEARTBEAT = 0.5

# Seconds of gunicorn's graceful_timeout that are left for the end of the process itself: when
# graceful_timeout is over, the master kills it.
RESERVE = 1.5

# accept(2) fails like this when the process, or the machine, has no room for another connection.
# The connection waits in the backlog meanwhile.
OUT_OF_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class EventletWorker(AsyncWorker):  # type: ignore[misc]
    """Serves each HTTP connection in a green thread, at most `worker_connections` at a time.

    On SIGTERM the worker accepts no more connections, calls `drain(seconds)` of the WSGI callable
    if it has such an attribute, waits for the requests that are in flight, and ends before
    gunicorn's `graceful_timeout` is over. `drain` is where long-lived connections have to be
    closed; it may block for up to the given number of seconds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: dict[Any, Any] = {}  # green threads that wait for a request, and their timeout
        self._drained = False

    def init_process(self) -> None:
        """Patch before the application, and all that it imports, is loaded."""
        if self.cfg.is_ssl:
            raise RuntimeError("this worker speaks plain HTTP: TLS ends at the load balancer")
        patch()
        # Gunicorn computes a setting whenever it is asked for one, dozens of times in a request.
        # Here they don't change any more.
        self.cfg.__dict__.update({name: each.get() for name, each in self.cfg.settings.items()})
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application, and hand it the socket under each request."""
        super().load_wsgi()
        self.application: Any = self.wsgi
        self.wsgi: WSGIApplication = self._serve

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        if "HTTP_HOST" not in environ and environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            return _refuse(start_response, "The Host header is missing.")  # RFC 9112, section 3.2
        environ["eventlet.input"] = _Connection(environ["gunicorn.socket"], environ["wsgi.input"])
        return self.application(environ, start_response)

    def run(self) -> None:
        """Serve until the worker is told to stop, or its master is gone."""
        pool = eventlet.GreenPool(self.worker_connections)
        listeners = [self._listener(each.sock) for each in self.sockets]
        acceptors = [eventlet.spawn(self._accept, each, pool) for each in listeners]
        while self.alive and self.ppid == os.getppid():
            self._beat()
        for acceptor, listener in zip(acceptors, listeners, strict=True):
            acceptor.kill()
            listener.close()
        self._stop(pool, time.monotonic() + self.cfg.graceful_timeout - RESERVE)

    def _listener(self, sock: socket.socket) -> Any:
        if sock.family != socket.AF_UNIX:
            # The kernel hands over a connection when its request has begun to arrive, so that
            # hardly any green thread has to wait for one.
            seconds = self.cfg.keepalive or 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, seconds)
        return eventlet.greenio.GreenSocket(sock)

    def _beat(self) -> None:
        self.notify()
        eventlet.sleep(HEARTBEAT)

    def _accept(self, listener: Any, pool: Any) -> None:
        while True:
            try:
                client, address = listener.accept()
            except OSError as error:
                if error.errno in OUT_OF_ROOM:
                    self.log.warning("Can't accept connections: %s", error)
                    eventlet.sleep(1)
                continue  # anything else is the end of that one connection (ECONNABORTED)
            # A peer that stalls in the middle of a request or of its answer loses the connection.
            client.settimeout(self.cfg.timeout or None)
            pool.spawn_n(self.handle, listener, client, address)

    def _stop(self, pool: Any, deadline: float) -> None:
        """Let the application drain and requests end; `deadline` cuts off what does neither.

        Connections are kept until it has drained: on one of them a client may fetch what it is told
        last.
        """
        draining = eventlet.spawn(self._drain, max(0.0, deadline - time.monotonic()))
        while (not draining.dead or pool.running()) and time.monotonic() < deadline:
            self._beat()

    def _end_idle(self) -> None:
        """End connections that browsers keep open, now and when their request is answered."""
        self._drained = True
        for waiting, timeout in list(self._idle.items()):
            hubs.get_hub().schedule_call_global(0, self._end_wait, waiting, timeout)

    def _end_wait(self, waiting: Any, timeout: Any) -> None:
        if self._idle.get(waiting) is timeout:  # otherwise a request has come at the last moment
            waiting.throw(timeout)

    def _drain(self, seconds: float) -> None:
        drain = getattr(self.application, "drain", None)
        try:
            if drain is not None:
                drain(seconds)
        except Exception:
            self.log.exception("The application failed to drain")
        finally:
            self._end_idle()

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Bound the wait for the next request of a connection by gunicorn's `keepalive`."""
        waiting = eventlet.getcurrent()
        seconds = 0 if self._drained else self.cfg.keepalive or None
        with eventlet.Timeout(seconds, False) as timeout:
            self._idle[waiting] = timeout
            try:
                yield
            finally:
                del self._idle[waiting]

    def is_already_handled(self, respiter: Any) -> bool:
        """End the HTTP side of a connection that WebSocket code has taken over and finished."""
        if getattr(eventlet.wsgi.WSGI_LOCAL, "already_handled", False):
            raise StopIteration
        return bool(super().is_already_handled(respiter))

    def handle_quit(self, sig: int, frame: "FrameType | None") -> None:
        """Quit at once (SIGINT, SIGQUIT), from a green thread: a signal handler must not wait."""
        eventlet.spawn_n(super().handle_quit, sig, frame)

    def handle_usr1(self, sig: int, frame: "FrameType | None") -> None:
        """Reopen the log files, from a green thread: the handlers' locks may be taken."""
        eventlet.spawn_n(super().handle_usr1, sig, frame)


class _Connection:
    """What eventlet's server hands to WebSocket code as `eventlet.input`."""

    def __init__(self, sock: Any, body: Any) -> None:
        self._sock = sock
        self._body = body

    def get_socket(self) -> Any:
        return self._sock

    def take_read_ahead(self) -> bytes:
        """Return what gunicorn has read after a request without a body, and forget it."""
        data: bytes = self._body.reader.unreader.take_buffered()
        return data


def _refuse(start_response: "StartResponse", why: str) -> list[bytes]:
    start_response("400 Bad Request", [("Content-Type", "text/plain")])
    return [why.encode()]
