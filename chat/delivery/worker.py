"""The gunicorn worker: `gunicorn -k chat.delivery.worker.EventletWorker wsgi:app`.

Gunicorn has no eventlet worker of its own since version 26, but the base class for workers of
this kind is public and this is all that it takes on top.
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

# Seconds between two heartbeats to gunicorn's master, and at most until a signal is noticed.
HEARTBEAT = 0.25

# The same while the worker ends: clients come back the later, the longer it takes.
ENDING = 0.05

# Seconds of gunicorn's graceful_timeout that are left for the end of the process itself: when
# graceful_timeout is over, the master kills it.
RESERVE = 1.5

# New objects after which Python searches for garbage, instead of 700. Most are freed without such a
# search; the few that refer to each other can wait.
YOUNG = 10_000

# Connections that are accepted at a time, and requests that may wait for their turn meanwhile; more
# wait in the kernel, where they cost less.
BATCH = 64
MOST_WAITING = 256

# Bytes that the kernel keeps for one connection in each direction; it doubles them. Its own limits
# are several megabytes, in memory that counts as ours: too much for whoever doesn't read, or sends
# more than we read.
KERNEL_RECEIVES = 64 * 1024
KERNEL_SENDS = 256 * 1024

# accept(2) fails like this when the process, or the machine, has no room for another connection.
# The connection waits in the backlog meanwhile.
OUT_OF_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class EventletWorker(AsyncWorker):  # type: ignore[misc]
    """Serves each HTTP connection in a green thread, at most `worker_connections` at a time.

    On SIGTERM the worker calls `drain(seconds)` of the WSGI callable if it has such an attribute,
    accepts no more connections when that is done, waits for the requests that are in flight, and
    ends before gunicorn's `graceful_timeout` is over. `drain` is where newcomers have to be refused
    and long-lived connections to be closed; it may block for up to the given number of seconds.

    A request, its body, and whoever takes the answer have to be quick enough, and few; see
    `unfinished`. If the callable has a true attribute `is_behind_proxies`, one address may be that
    of many.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: dict[Any, Any] = {}  # green threads that wait for a request, and their timeout
        self._drained = False
        self._peers: dict[Any, str] = {}  # green thread of a connection → address
        self._unfinished = Unfinished()
        self._turns: Turns

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
        gc.set_threshold(YOUNG)  # before loading, which makes hardly any garbage to search for
        super().load_wsgi()
        self.application: Any = self.wsgi
        self._is_behind_proxies = bool(getattr(self.application, "is_behind_proxies", False))
        self.wsgi: WSGIApplication = self._serve
        # What is loaded stays; to look through all of it for garbage takes a tenth of a second.
        gc.freeze()

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        if "HTTP_HOST" not in environ and environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            return _refuse(start_response, "The Host header is missing.")  # RFC 9112, section 3.2
        if self._turns.is_over():  # not if the request was there as a whole
            self._turns.wait()
        peer = self._peer()
        body = environ["wsgi.input"]
        environ["eventlet.input"] = _Connection(environ["gunicorn.socket"], body)
        environ["wsgi.input"] = RequestBody(body, lambda: self._unfinished.waiting(peer))
        try:
            return self.application(environ, start_response)
        finally:
            self._unfinished.begin(peer)  # the answer waits for it from now on

    def run(self) -> None:
        """Serve until the worker is told to stop, or its master is gone."""
        self._turns = Turns()
        pool = eventlet.GreenPool(self.worker_connections)
        listeners = [self._listener(each.sock) for each in self.sockets]
        acceptors = [eventlet.spawn(self._accept, each, pool) for each in listeners]
        while self.alive and self.ppid == os.getppid():
            self._beat()
        deadline = time.monotonic() + self.cfg.graceful_timeout - RESERVE
        if self.alive:  # the master is gone, and whoever starts it again needs the address
            _stop_listening(acceptors, listeners)
        self._wait_for_drain(deadline)
        _stop_listening(acceptors, listeners)
        while pool.running() and time.monotonic() < deadline:
            self._beat(ENDING)

    def _listener(self, sock: socket.socket) -> Any:
        # Accepted connections inherit this.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_RECEIVES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_SENDS)
        if sock.family != socket.AF_UNIX:
            # The kernel hands over a connection when its request has begun to arrive, so that
            # hardly any green thread has to wait for one.
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
                continue  # anything else is the end of that one connection (ECONNABORTED)
            # A peer that stalls in the middle of a request or of its answer loses the connection.
            client.settimeout(self.cfg.timeout or None)
            pool.spawn_n(self.handle, listener, client, address)

    def handle(self, listener: Any, client: Any, address: Any) -> None:
        """Serve a connection until its end."""
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
        """Let the application drain, until `deadline`.

        Connections are kept and accepted meanwhile: on one of them a client may fetch what it is
        told last.
        """
        draining = eventlet.spawn(self._drain, max(0.0, deadline - time.monotonic()))
        while not draining.dead and time.monotonic() < deadline:
            self._beat(ENDING)

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
        self._turns.wait()  # a peer may have sent many requests at once
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
        """Answer a request; what of its body nobody wanted must not cost anything, either."""
        try:
            goes_on: bool = super().handle_request(listener, request, client, address)
        finally:
            self._unfinished.end()
        if request.body.failed or is_long(request.body):
            raise StopIteration  # gunicorn's way to close the connection
        return goes_on

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


def _stop_listening(acceptors: list[Any], listeners: list[Any]) -> None:
    for acceptor, listener in zip(acceptors, listeners, strict=True):
        acceptor.kill()
        listener.close()


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
