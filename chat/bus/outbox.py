"""Publications and commands that wait to be sent to the server."""

import logging
import threading
from collections import OrderedDict, deque
from typing import Any

from chat.bus.connection import Command
from chat.bus.envelope import Envelopes, Publication, Refused

log = logging.getLogger(__name__)

# What may wait while the server is slow. What doesn't fit is dropped: the others see a gap in the
# numbers, and read it in the history.
MOST = 10_000
MOST_BYTES = 8 * 1_048_576

# Channels whose last number is remembered. Each person has one, so those of long ago are forgotten.
CHANNELS = 10_000

Span = tuple[int, int]  # the first and the last number that were given to publications lately


class Outbox:
    """Numbers publications, seals them, and keeps them and other commands until they are sent.

    Args:
        envelopes: Seal publications.
        process: The id of this process.
    """

    def __init__(self, envelopes: Envelopes, process: str) -> None:
        self._envelopes = envelopes
        self._process = process
        self.filled = threading.Event()  # set when there is something to send
        self._lock = threading.Lock()
        self._commands: deque[Command] = deque()
        self._bytes = 0
        self._serial = 0
        self._numbers: OrderedDict[str, int] = OrderedDict()  # the last one of each channel
        self._lately: dict[str, Span] = {}  # since `take_spans`, by channel
        self._is_closed = False
        self.dropped = 0  # publications that were not sent

    def publish(self, channel: str, kind: str, data: Any, *, is_last: bool = False) -> None:
        """Send a publication soon; it is dropped if it is too large, or too much waits.

        Args:
            channel: Its channel.
            kind: Says who handles it.
            data: JSON.
            is_last: Take no more: who has said goodbye must not seem to be there again.
        """
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = is_last
            self._serial += 1
            number = self._next_number(channel)
            publication = Publication(channel, kind, data, self._process, self._serial, number)
            try:
                sealed = self._envelopes.seal(publication)
            except Refused as refused:
                log.warning("A publication to the bus was left out: %s", refused)
                self.dropped += 1
                return
            if len(self._commands) >= MOST or self._bytes + len(sealed) > MOST_BYTES:
                self.dropped += 1
                return
            self._commands.append(("PUBLISH", self._envelopes.name(channel), sealed))
            self._bytes += len(sealed)
        self._wake()

    def _next_number(self, channel: str) -> int:
        """One more than the last; the serial if that isn't known, which is greater than any."""
        number = self._numbers.get(channel, self._serial - 1) + 1
        self._numbers[channel] = number
        self._numbers.move_to_end(channel)
        if len(self._numbers) > CHANNELS:
            self._numbers.popitem(last=False)
        first, _ = self._lately.get(channel, (number, number))
        self._lately[channel] = first, number
        return number

    def _wake(self) -> None:
        if not self.filled.is_set():  # `set` takes long
            self.filled.set()

    def add(self, command: Command) -> None:
        """Send another command soon, after all publications that wait."""
        with self._lock:
            self._commands.append(command)
        self._wake()

    def take(self) -> list[Command]:
        """Remove and return all that waits."""
        with self._lock:
            commands = list(self._commands)
            self._commands.clear()
            self._bytes = 0
        return commands

    def drop(self) -> None:
        """Remove all that waits, because the connection broke."""
        self.dropped += sum(command[0] == "PUBLISH" for command in self.take())

    def take_spans(self, at_most: int) -> dict[str, Span]:
        """The numbers that were given out since the last call, by channel, for some channels."""
        with self._lock:
            channels = list(self._lately)[:at_most]
            return {each: self._lately.pop(each) for each in channels}
