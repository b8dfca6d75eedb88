"""Serves the metrics to Prometheus, on an address of its own that need not be public.

Whoever reaches the address can keep others from reading the metrics for a moment, and no more: few
connections are open at a time, each for a moment, and few are accepted in a second.
"""

import contextlib
import logging
import re
import socket
import time
from collections import OrderedDict
from collections.abc import Callable

from chat.addresses import listening
from chat.delivery.extension import is_patched
from chat.process.starting import METRICS, advice
from chat.settings import SettingsError

log = logging.getLogger(__name__)

MOST = 10  # connections; over the limit, the one that is open for the longest time is closed
WITHIN = 2.0  # seconds for a request and its answer
LONGEST = 8 * 1024  # bytes of a request
PAUSE = 0.01  # seconds from one connection to the next, so that many take little of the processor
BACKLOG = 64  # connections that the kernel keeps meanwhile

REQUEST = re.compile(rb"GET /metrics(\?\S*)? HTTP/1\.[01]\r\n")
TEXT = "text/plain; version=0.0.4; charset=utf-8"  # the text format of Prometheus


def listen(address: str) -> socket.socket:
    """A socket that listens on an address such as `127.0.0.1:9100`.

    A worker of gunicorn may share the address with the worker before, which still ends.

    Raises:
        SettingsError: Another program uses the address, or it is none of this machine.
    """
    host, port = listening(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server(
            (host, port), family=family, backlog=BACKLOG, reuse_port=is_patched()
        )
    except OSError as error:
        raise SettingsError(advice(host, port, error, METRICS, METRICS)) from None


class MetricsPort:
    """Answers `GET /metrics`.

    Args:
        listener: A socket that listens.
        text: Makes the text of the answer.
        start_task: Runs a function with its arguments in the background.
        sleep: Waits for seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        listener: socket.socket,
        text: Callable[[], bytes],
        start_task: Callable[..., object],
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listener = listener
        self._text = text
        self._start_task = start_task
        self._sleep = sleep
        self._clock = clock
        self._is_closing = False
        self._open: OrderedDict[socket.socket, None] = OrderedDict()  # the oldest first

    def close(self) -> None:
        """Free the address."""
        self._is_closing = True
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes `serve`, which closes it

    def serve(self) -> None:
        """Accept connections until `close` is called."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # also without a file descriptor for another connection
                if self._is_closing:
                    break
                self._sleep(1)
                continue
            self._open[client] = None
            if len(self._open) > MOST:
                self._close_oldest()
            self._start_task(self._answer, client)
            self._sleep(PAUSE)
        self._listener.close()

    def _close_oldest(self) -> None:
        oldest, _ = self._open.popitem(last=False)
        with contextlib.suppress(OSError):
            oldest.shutdown(socket.SHUT_RDWR)  # ends the wait of its task, which closes it

    def _answer(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):  # which a timeout is, too
            if request := self._request(client):
                client.sendall(self._response(request))
        self._open.pop(client, None)

    def _request(self, client: socket.socket) -> bytes:
        """The head of a request; nothing if the client sends none in time."""
        until = self._clock() + WITHIN
        request = b""
        while b"\r\n\r\n" not in request:
            client.settimeout(max(0.001, until - self._clock()))
            received = client.recv(LONGEST - len(request))
            if not received:
                return b""
            request += received
        return request

    def _response(self, request: bytes) -> bytes:
        if not REQUEST.match(request):
            return _http("404 Not Found", b"The metrics are at /metrics.\n")
        try:
            return _http("200 OK", self._text())
        except Exception:
            log.exception("The metrics could not be read")
            return _http("500 Internal Server Error", b"They could not be read; see the log.\n")


def _http(status: str, body: bytes) -> bytes:
    lines = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {TEXT}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
