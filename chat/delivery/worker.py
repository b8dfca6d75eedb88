"""The gunicorn worker: `gunicorn -k chat.delivery.worker.EventletWorker wsgi:app`.

Gunicorn has had no eventlet worker of its own since version 26, but the base class for such workers
is public.
"""

import errno
import gc
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from gunicorn.workers.base_async import AsyncWorker

from chat.delivery.green import eventlet, hubs, patch
from chat.delivery.networks import network
from chat.delivery.request_body import RequestBody, is_long
from chat.delivery.turns import Turns
from chat.delivery.unfinished import Unfinished

if TYPE_CHECKING:
    from types import FrameType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Seconds between two heartbeats to gunicorn's master. A signal is noticed after this time at most.
HEARTBEAT = 0.25

# The same while the worker stops. Shorter, because clients can't reconnect until it has ended.
STOPPING_HEARTBEAT = 0.05

# Seconds of gunicorn's graceful_timeout that are reserved for the end of the process itself: after
# graceful_timeout the master kills it.
RESERVE = 1.5

# Number of new objects that starts a garbage collection; Python's default is 700. Most objects are
# freed by reference counting; the few in reference cycles can wait.
GC_THRESHOLD = 10_000

# Connections accepted in one turn of the hub, and requests in the queue above which no connection
# is accepted. Further connections wait in the kernel's backlog, where they cost less.
BATCH = 64
MOST_WAITING = 256

# Sizes of the kernel's buffers for one connection, in bytes; the kernel doubles them. By default
# these buffers grow to several megabytes for a peer that doesn't read, or that sends faster than we
# read, and that memory is charged to our container.
KERNEL_RECEIVES = 64 * 1024
KERNEL_SENDS = 256 * 1024

# Errors of accept(2) when the process or the machine has no file descriptor or memory for another
# connection. The connection waits in the kernel's backlog meanwhile.
OUT_OF_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class EventletWorker(AsyncWorker):  # type: ignore[misc]
    """Serves each HTTP connection in a green thread, at most `worker_connections` at a time.

    On SIGTERM the worker calls `drain(seconds)` of the WSGI callable if it has such an attribute,
    then stops accepting connections, waits for the requests in flight, and ends before gunicorn's
    `graceful_timeout` is over. `drain` has to refuse new sessions and to close long-lived
    connections; it may block for up to the given number of seconds.

    Sending a request, its body, and reading the answer each have a time limit, and the number of
    connections in these states is limited (see `unfinished`). If the callable has a true attribute
    `is_behind_proxies`, there is no limit for a single address, which may be that of many people.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: dict[Any, Any] = {}  # green thread that waits for a request → its timeout
        self._drained = False
        self._peers: dict[Any, str] = {}  # green thread of a connection → network address, or ""
        self._unfinished = Unfinished()
        self._turns: Turns

    def init_process(self) -> None:
        """Patch the standard library before the application and its imports are loaded."""
        if self.cfg.is_ssl:
            raise RuntimeError("this worker speaks plain HTTP: TLS ends at the load balancer")
        patch()
        # Gunicorn computes a setting each time it is read, dozens of times per request. Settings
        # don't change from here on, so cache all.
        self.cfg.__dict__.update({name: each.get() for name, each in self.cfg.settings.items()})
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application, and wrap it in `_serve`."""
        gc.set_threshold(GC_THRESHOLD)  # before loading, which creates hardly any garbage
        super().load_wsgi()
        self.application: Any = self.wsgi
        self._is_behind_proxies = bool(getattr(self.application, "is_behind_proxies", False))
        self.wsgi: WSGIApplication = self._serve
        gc.freeze()  # loaded modules stay: a garbage collection that scans them takes 0.1 s

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        if "HTTP_HOST" not in environ and environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            return _refuse(start_response, "The Host header is missing.")  # RFC 9112, section 3.2
        if self._turns.is_over():  # the request arrived in parts, so waiting for it took time
            self._turns.wait()
        peer = self._peer()
        body = environ["wsgi.input"]
        environ["eventlet.input"] = _Connection(environ["gunicorn.socket"], body)
        environ["wsgi.input"] = RequestBody(body, lambda: self._unfinished.waiting(peer))
        try:
            return self.application(environ, start_response)
        finally:
            self._unfinished.begin(peer)  # from now on the peer has to read the answer

    def run(self) -> None:
        """Serve until the worker is told to stop, or its master is gone."""
        self._turns = Turns()
        pool = eventlet.GreenPool(self.worker_connections)
        listeners = [self._listener(each.sock) for each in self.sockets]
        acceptors = [eventlet.spawn(self._accept, each, pool) for each in listeners]
        while self.alive and self.ppid == os.getppid():
            self._beat()
        deadline = time.monotonic() + self.cfg.graceful_timeout - RESERVE
        if self.alive:  # the master is gone: free the address for a new one at once
            _stop_listening(acceptors, listeners)
        self._wait_for_drain(deadline)
        _stop_listening(acceptors, listeners)
        while pool.running() and time.monotonic() < deadline:
            self._beat(STOPPING_HEARTBEAT)

    def _listener(self, sock: socket.socket) -> Any:
        # Accepted connections inherit this.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_RECEIVES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_SENDS)
        if sock.family != socket.AF_UNIX:
            # accept(2) returns a connection only when its request has begun to arrive, so that
            # hardly any green thread waits for one.
            seconds = self.cfg.keepalive or 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, seconds)
        return eventlet.greenio.GreenSocket(sock)

    def _beat(self, seconds: float = HEARTBEAT) -> None:
        self.notify()
        eventlet.sleep(seconds)

    def _accept(self, listener: Any, pool: Any) -> None:
        for number in count(1):
            if number % BATCH == 0 or len(self._turns) > MOST_WAITING:
                eventlet.sleep(0)
            while len(self._turns) > MOST_WAITING:
                eventlet.sleep(0.001)
            try:
                client, address = listener.accept()
            except OSError as error:
                if error.errno in OUT_OF_ROOM:
                    self.log.warning("Can't accept connections: %s", error)
                    eventlet.sleep(1)
                continue  # other errors concern this one connection only (ECONNABORTED)
            # A peer that stalls in the middle of a request or an answer is disconnected.
            client.settimeout(self.cfg.timeout or None)
            pool.spawn_n(self.handle, listener, client, address)

    def handle(self, listener: Any, client: Any, address: Any) -> None:
        """Serve a connection until it is closed."""
        thread = eventlet.getcurrent()
        has_address = isinstance(address, tuple) and not self._is_behind_proxies
        self._peers[thread] = network(address[0]) if has_address else ""
        try:
            super().handle(listener, client, address)
        finally:
            del self._peers[thread]

    def _peer(self) -> str:
        return self._peers[eventlet.getcurrent()]

    def _wait_for_drain(self, deadline: float) -> None:
        """Call `drain` of the application, until `deadline`.

        Connections are kept and accepted meanwhile: clients that poll fetch their last packets.
        """
        draining = eventlet.spawn(self._drain, max(0.0, deadline - time.monotonic()))
        while not draining.dead and time.monotonic() < deadline:
            self._beat(STOPPING_HEARTBEAT)

    def _end_idle(self) -> None:
        """Close idle keep-alive connections now, and the others after their current request."""
        self._drained = True
        for waiting, timeout in list(self._idle.items()):
            hubs.get_hub().schedule_call_global(0, self._end_wait, waiting, timeout)

    def _end_wait(self, waiting: Any, timeout: Any) -> None:
        if self._idle.get(waiting) is timeout:  # otherwise a request has arrived in the meantime
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
        """Limit the wait for the next request of a connection to gunicorn's `keepalive`."""
        self._turns.wait()  # a peer may have pipelined many requests
        waiting = eventlet.getcurrent()
        seconds = 0 if self._drained else self.cfg.keepalive or None
        with (
            self._unfinished.waiting(self._peer()),
            eventlet.Timeout(seconds, False) as timeout,
        ):
            self._idle[waiting] = timeout
            try:
                yield
            finally:
                del self._idle[waiting]

    def handle_request(self, listener: Any, request: Any, client: Any, address: Any) -> bool:
        """Answer a request; close the connection if much of its body is still unread."""
        try:
            goes_on: bool = super().handle_request(listener, request, client, address)
        finally:
            self._unfinished.end()
        if request.body.failed or is_long(request.body):
            raise StopIteration  # gunicorn's way to close the connection
        return goes_on

    def is_already_handled(self, respiter: Any) -> bool:
        """End gunicorn's part of a connection that has become a WebSocket."""
        if getattr(eventlet.wsgi.WSGI_LOCAL, "already_handled", False):
            raise StopIteration
        return bool(super().is_already_handled(respiter))

    def handle_quit(self, sig: int, frame: "FrameType | None") -> None:
        """Quit at once (SIGINT, SIGQUIT), in a green thread: a signal handler must not block."""
        eventlet.spawn_n(super().handle_quit, sig, frame)

    def handle_usr1(self, sig: int, frame: "FrameType | None") -> None:
        """Reopen the log files, in a green thread: the log handlers' locks may be held."""
        eventlet.spawn_n(super().handle_usr1, sig, frame)


def _stop_listening(acceptors: list[Any], listeners: list[Any]) -> None:
    for acceptor, listener in zip(acceptors, listeners, strict=True):
        acceptor.kill()
        listener.close()


class _Connection:
    """The part of eventlet's `eventlet.input` that WebSocket code uses, and `take_read_ahead`."""

    def __init__(self, sock: Any, body: Any) -> None:
        self._sock = sock
        self._body = body

    def get_socket(self) -> Any:
        return self._sock

    def take_read_ahead(self) -> bytes:
        """Remove and return the bytes that gunicorn has read after a request without a body."""
        data: bytes = self._body.reader.unreader.take_buffered()
        return data


def _refuse(start_response: "StartResponse", why: str) -> list[bytes]:
    start_response("400 Bad Request", [("Content-Type", "text/plain")])
    return [why.encode()]
