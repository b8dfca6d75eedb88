"""Beats: every second each process says to all that it is there, and what it has published since.

So the others notice the loss of the last publication to a channel, which no later number reveals,
and the death of a process. Things that may be a second late travel in the beats, too.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from chat.bus.connection import SILENCE
from chat.bus.envelope import Publication
from chat.bus.numbers import Numbers
from chat.bus.outbox import Outbox
from chat.bus.peers import Peers
from chat.clocks import steady

log = logging.getLogger(__name__)

ALL = "all"  # the channel that every process has subscribed to
EVERY = 1.0  # seconds between two beats
ANNOUNCED = 1000  # most channels in one beat; more go into further beats


class _Part(NamedTuple):
    make: Callable[[], Any]
    handle: Callable[[str, Any], None]


class Beats:
    """Sends the beats of this process, and understands those of others.

    Args:
        outbox: Publishes.
        numbers: What has arrived.
        peers: The other processes.
        has: Whether this process has subscribed to a channel.
        suspect: Called with the sender and the channel of what may have been missed.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        outbox: Outbox,
        numbers: Numbers,
        peers: Peers,
        has: Callable[[str], bool],
        suspect: Callable[[str, str], None],
        clock: Callable[[], float] = steady,
    ) -> None:
        self._outbox = outbox
        self._numbers = numbers
        self._peers = peers
        self._has = has
        self._suspect = suspect
        self._clock = clock
        self._parts: dict[str, _Part] = {}
        self._gone_listeners: list[Callable[[str, bool], None]] = []
        self._new_listeners: list[Callable[[str], None]] = []
        self._state_listeners: list[Callable[[bool], None]] = []
        self._heard_own_at = clock()
        self._has_ended = False
        self._is_working: bool | None = None  # None until it is known

    def add(self, part: str, make: Callable[[], Any], handle: Callable[[str, Any], None]) -> None:
        """Put something into each beat.

        Args:
            part: Its name.
            make: Returns it, as JSON; what is empty is left out.
            handle: Called with the id of a process and what that one has put into a beat.
        """
        self._parts[part] = _Part(make, handle)

    def when_new(self, listener: Callable[[str], None]) -> None:
        """Call a function with the id of each process that is heard for the first time."""
        self._new_listeners.append(listener)

    def when_gone(self, listener: Callable[[str, bool], None]) -> None:
        """Call a function with the id of each process that is gone, and whether that was planned.

        Otherwise it is GONE_AFTER ago that something was heard of it.
        """
        self._gone_listeners.append(listener)

    def when_state_changes(self, listener: Callable[[bool], None]) -> None:
        """Call a function when the bus begins to work, or no longer does."""
        self._state_listeners.append(listener)

    def follow(self, sleep: Callable[[float], object]) -> None:
        """Send beats until the goodbye."""
        while not self._has_ended:
            try:
                self._turn()
            except Exception:
                log.exception("A beat could not be sent")
            sleep(EVERY)

    def _turn(self) -> None:
        self._send()
        if self._is_working is not False and self._clock() > self._heard_own_at + SILENCE:
            self._set_state(is_working=False)
        for process in self._peers.fall_silent():
            self._suspect(process, "")
        for process in self._peers.take_gone():
            self._tell_gone(process, is_planned=False)

    def _send(self) -> None:
        published = self._outbox.take_spans(ANNOUNCED)
        self._outbox.publish(ALL, "beat", {"published": published, **self._make_parts()})
        while len(published) == ANNOUNCED:
            published = self._outbox.take_spans(ANNOUNCED)
            self._outbox.publish(ALL, "beat", {"published": published})

    def _make_parts(self) -> dict[str, Any]:
        """What others have put in; a fault in one part must not keep the rest from being sent."""
        made = {}
        for name, part in self._parts.items():
            try:
                made[name] = part.make()
            except Exception:
                log.exception("The part %s of a beat could not be made", name)
        return {name: each for name, each in made.items() if each}

    @property
    def is_working(self) -> bool:
        """Whether the beats of this process come back."""
        return bool(self._is_working)

    def heard_own(self) -> None:
        """A beat of this process came back: the bus works."""
        self._heard_own_at = self._clock()
        if not self._is_working:
            self._set_state(is_working=True)

    def _set_state(self, *, is_working: bool) -> None:
        was_working, self._is_working = self._is_working, is_working
        if not is_working:
            log.warning("The bus doesn't work: news of other containers may be late")
        elif was_working is not None:
            log.warning("The bus works again")
        for listener in self._state_listeners:
            listener(is_working)

    def meet(self, process: str) -> bool:
        """Another process has published something, and so it is there; returns whether it is new.

        Who says something before its first beat, or after it was taken for gone, is gone in time if
        no beat follows, with all that it has said.
        """
        is_new = self._peers.meet(process)
        if is_new:
            for listener in self._new_listeners:
                listener(process)
        return is_new

    def heard(self, beat: Publication) -> None:
        """Another process says what it has published."""
        sender = beat.sender
        if self._peers.heard(sender):
            self._suspect(sender, "")
        for channel, (first, last) in beat.data["published"].items():
            is_ours = channel != ALL and self._has(channel)
            if is_ours and self._numbers.announced(sender, channel, first, last):
                self._suspect(sender, channel)
        for name, part in self._parts.items():
            if name in beat.data:
                self._handle(name, part, sender, beat.data[name])

    def _handle(self, name: str, part: _Part, sender: str, data: Any) -> None:
        """Pass a part on; a fault in one must not keep the others from being handled."""
        try:
            part.handle(sender, data)
        except Exception:
            log.exception("The part %s of a beat could not be handled", name)

    def say_goodbye(self) -> None:
        """Tell the others that this process ends."""
        self._has_ended = True
        self._outbox.publish(ALL, "bye", None, is_last=True)

    def left(self, bye: Publication) -> None:
        """Another process has said goodbye."""
        self._peers.leave(bye.sender)
        self._tell_gone(bye.sender, is_planned=True)

    def _tell_gone(self, process: str, *, is_planned: bool) -> None:
        self._numbers.forget_sender(process)
        for listener in self._gone_listeners:
            listener(process, is_planned)
