"""Keeps a connection to the server, and makes a new one when it breaks."""

import itertools
import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress

from chat.bus.connection import Arrived, Command, Connection, Down, Unusable
from chat.bus.outbox import Outbox

log = logging.getLogger(__name__)

# Seconds until the server is tried again; a random part of it, so that not all come at once.
TRY_AGAIN_AFTER = 1.0

# Answers of the server that are handled before other tasks get their turn; most are publications.
AT_ONCE = 20


class Link:
    """Sends what waits in the outbox, and passes on what arrives.

    Args:
        connect: Makes a connection.
        outbox: What to send.
        first: Returns the first command on a new connection.
        arrived: Called with all that arrives.
        start_task: Runs a function in the background.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        outbox: Outbox,
        first: Callable[[], Command],
        arrived: Callable[[Arrived], None],
        start_task: Callable[[Callable[[], None]], object],
        sleep: Callable[[float], object],
    ) -> None:
        self._connect = connect
        self._outbox = outbox
        self._first = first
        self._arrived = arrived
        self._start_task = start_task
        self._sleep = sleep
        self._connection: Connection | None = None
        self._sending = threading.Lock()  # one sends at a time, and the first command is the first
        self._is_broken = False  # and that is in the log
        self._is_closed = False

    def start(self) -> None:
        """Connect, and stay connected for as long as the process runs.

        Raises:
            chat.bus.connection.Unusable: The server can't be used as the settings are.
        """
        try:
            self._begin()
        except Down as down:
            self._end(down)
        self._start_task(self._stay_connected)
        self._start_task(self._send_all)

    def close(self) -> None:
        """Send what waits, and end the connection for good."""
        self._is_closed = True
        with self._sending:
            connection, self._connection = self._connection, None
            if connection:
                with suppress(Down):  # the others will notice that this process is silent
                    connection.send(self._outbox.take())
                connection.close()
        self._outbox.filled.set()

    def _begin(self) -> None:
        connection = self._connect()
        with self._sending:
            self._connection = connection
            self._outbox.drop()
            connection.send([self._first()])

    def _stay_connected(self) -> None:
        while not self._is_closed:
            try:
                if self._connection is None:
                    self._begin()
                self._receive()
            except (Down, Unusable) as problem:
                self._end(problem)
            except Exception as problem:
                log.exception("The connection to the bus failed")
                self._end(problem)
            if not self._is_closed:
                self._sleep(TRY_AGAIN_AFTER * random.uniform(0.2, 1))  # noqa: S311

    def _end(self, problem: Exception) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.close()
        if not (self._is_broken or self._is_closed):
            log.warning("The bus can't be reached; it is tried again and again: %s", problem)
            self._is_broken = True

    def _receive(self) -> None:
        for number in itertools.count(1):
            connection = self._connection
            if connection is None:
                return
            if arrived := connection.receive():
                self._is_broken = False
                self._arrived(arrived)
            if not number % AT_ONCE:
                self._sleep(0)

    def _send_all(self) -> None:
        while not self._is_closed:
            self._outbox.filled.wait()
            self._outbox.filled.clear()
            with self._sending:
                self._send()

    def _send(self) -> None:
        connection = self._connection
        if connection is None:
            self._outbox.drop()
            return
        try:
            if commands := self._outbox.take():
                connection.send(commands)
        except Down:
            pass  # the thread that receives gets the same, and makes a new connection
        except Exception:
            log.exception("What waited for the bus could not be sent")
            connection.close()
