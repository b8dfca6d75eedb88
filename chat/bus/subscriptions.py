"""The channels that this process has subscribed to."""

import threading
from collections.abc import Callable

from chat.bus.connection import Command
from chat.bus.envelope import Envelopes


class Subscriptions:
    """Subscribes and unsubscribes, and knows what the server has confirmed.

    Args:
        envelopes: Name the channels.
        send: Sends a command soon; commands that wait when the connection breaks are forgotten.
    """

    def __init__(self, envelopes: Envelopes, send: Callable[[Command], None]) -> None:
        self._envelopes = envelopes
        self._send = send
        self._lock = threading.Lock()
        self._wanted: dict[str, None] = {}
        self._unconfirmed: set[str] = set()  # of those
        self._unrepeated: set[str] = set()  # of those that a new connection began with
        self._waiting: dict[str, threading.Event] = {}  # for the confirmation
        self._late: set[str] = set()  # those whose confirmation was waited for in vain

    def subscribe(self, channel: str, within: float) -> bool:
        """Subscribe to a channel.

        Args:
            channel: Its name.
            within: Seconds to wait for the confirmation.

        Returns:
            Whether all that is published from now on arrives.
        """
        with self._lock:
            is_new = channel not in self._wanted
            if not (is_new or channel in self._unconfirmed):
                return True
            self._wanted[channel] = None
            self._unconfirmed.add(channel)
            confirmed = self._waiting.setdefault(channel, threading.Event())
        if is_new:
            self._send(("SUBSCRIBE", self._envelopes.name(channel)))
        if not within or confirmed.wait(within):
            return confirmed.is_set()
        with self._lock:
            is_late = channel in self._unconfirmed
            if is_late:
                self._late.add(channel)
        return not is_late

    def unsubscribe(self, channel: str) -> None:
        """End a subscription."""
        with self._lock:
            was_wanted = channel in self._wanted
            self._wanted.pop(channel, None)
            self._unconfirmed.discard(channel)
            self._waiting.pop(channel, None)
            self._late.discard(channel)
        if was_wanted:
            self._send(("UNSUBSCRIBE", self._envelopes.name(channel)))

    def has(self, channel: str) -> bool:
        """Whether this process wants what is published to the channel."""
        return channel in self._wanted

    def confirm(self, channel: str) -> bool:
        """Note that the server has confirmed a subscription; returns whether it is in time.

        If not, something may have been missed: nobody waited any more, or the server has confirmed
        it before and had lost it meanwhile.
        """
        with self._lock:
            is_first = channel in self._unconfirmed or channel not in self._wanted
            is_in_time = is_first and channel not in self._late
            self._unconfirmed.discard(channel)
            self._unrepeated.discard(channel)
            self._late.discard(channel)
            waiting = self._waiting.pop(channel, None)
        if waiting:
            waiting.set()
        return is_in_time

    @property
    def are_repeated(self) -> bool:
        """Whether the server has confirmed all that the connection began with.

        Others may be on their way at any time, where people come and go.
        """
        return not self._unrepeated

    def again(self) -> Command:
        """The command that subscribes to all channels on a new connection."""
        with self._lock:
            self._unconfirmed, self._unrepeated = set(self._wanted), set(self._wanted)
            return ("SUBSCRIBE", *map(self._envelopes.name, self._wanted))
