"""The bus: channels over which the processes of the chat tell each other what has happened."""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from chat.bus.beats import ALL, Beats
from chat.bus.connection import Arrived, Connection
from chat.bus.envelope import Envelopes, Publication, Refused
from chat.bus.link import Link
from chat.bus.numbers import Arrival, Numbers
from chat.bus.outbox import Outbox
from chat.bus.peers import Peers
from chat.bus.questions import WITHIN, Questions
from chat.bus.subscriptions import Subscriptions
from chat.clocks import steady

log = logging.getLogger(__name__)

Handler = Callable[[Publication], None]


class Bus:
    """Publishes, subscribes, asks, and says where something may have been missed.

    Args:
        connect: Makes a connection to the server.
        envelopes: Seal and open publications.
        start_task: Runs a function with its arguments in the background.
        sleep: Waits for seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        envelopes: Envelopes,
        start_task: Callable[..., object],
        sleep: Callable[[float], object],
        clock: Callable[[], float] = steady,
    ) -> None:
        self.process = secrets.token_hex(8)
        self._envelopes = envelopes
        self._start_task = start_task
        self._sleep = sleep
        self._outbox = Outbox(envelopes, self.process)
        self._subscriptions = Subscriptions(envelopes, self._outbox.add)
        self._numbers = Numbers()
        self.peers = Peers(clock)
        self.beats = Beats(
            self._outbox, self._numbers, self.peers, self._subscriptions.has, self._suspect, clock
        )
        self._questions = Questions(self._publish_question, lambda: self.peers.speaking)
        self._link = Link(
            connect, self._outbox, self._begin_again, self._arrived, start_task, sleep
        )
        self._handlers: dict[str, Handler] = {
            "beat": self.beats.heard,
            "bye": self.beats.left,
            "question": self._asked,
            "answer": self._answered,
        }
        self._answers: dict[str, Callable[[Any], Any]] = {}
        self._suspect_listeners: list[Callable[[str, str], None]] = []
        self._is_catching_up = False  # not all subscriptions are confirmed since a new connection
        self.gaps = 0  # how often something may have been missed

    def start(self) -> None:
        """Connect, and stay connected for as long as the process runs.

        Raises:
            chat.bus.connection.Unusable: The server can't be used as the settings are.
        """
        for channel in (ALL, f"process:{self.process}"):
            self._subscriptions.subscribe(channel, 0)
        self._link.start()
        self._start_task(self.beats.follow, self._sleep)

    def close(self) -> None:
        """Say goodbye, because the process ends."""
        self.beats.say_goodbye()
        self._link.close()

    def publish(self, channel: str, kind: str, data: Any) -> None:
        """Tell all that have subscribed to a channel; never waits, and never fails.

        Args:
            channel: Its name.
            kind: Says who handles it.
            data: JSON.
        """
        self._outbox.publish(channel, kind, data)

    def handle(self, kind: str, handler: Handler) -> None:
        """Call a function with what other processes publish of that kind; it must not block."""
        if kind in self._handlers:
            raise ValueError(f"{kind} has a handler already")
        self._handlers[kind] = handler

    def subscribe(self, channel: str, within: float = 0.0) -> None:
        """Subscribe to a channel.

        Args:
            channel: Its name.
            within: Seconds to wait until all that is published from then on arrives. If that takes
                longer, the channel is suspect then.
        """
        self._subscriptions.subscribe(channel, within)

    def unsubscribe(self, channel: str) -> None:
        """Get nothing of a channel any more."""
        self._subscriptions.unsubscribe(channel)
        self._numbers.forget_channel(channel)

    def when_suspect(self, listener: Callable[[str, str], None]) -> None:
        """Call a function when something may have been missed, with its sender and its channel.

        Both may be empty: then it may be of anybody, or of any channel.
        """
        self._suspect_listeners.append(listener)

    def ask(self, kind: str, data: Any, within: float = WITHIN) -> list[Any]:
        """Ask all other processes; see `Questions`."""
        return self._questions.ask(kind, data, within) if self.beats.is_working else []

    def answer(self, kind: str, answer: Callable[[Any], Any]) -> None:
        """Answer questions of that kind by a function of their data; it must not block.

        What it returns is JSON; None if this process has nothing to say.
        """
        self._answers[kind] = answer

    def misses_nothing_of(self, process: str) -> bool:
        """Whether all that a process publishes arrives here, or its loss is noticed."""
        return self.beats.is_working and process in self.peers.speaking

    @property
    def dropped(self) -> int:
        """Publications that were not sent."""
        return self._outbox.dropped

    # What arrives

    def _begin_again(self) -> tuple[str | bytes, ...]:
        self._is_catching_up = True
        return self._subscriptions.again()

    def _arrived(self, arrived: Arrived) -> None:
        channel = self._envelopes.channel(arrived.name)
        if arrived.what == "message":
            self._open(channel, arrived.content)
        elif arrived.what == "subscribe":
            self._confirmed(channel)

    def _confirmed(self, channel: str) -> None:
        if not self._subscriptions.confirm(channel):
            self._suspect("", channel)
        if self._is_catching_up and self._subscriptions.are_repeated:
            self._is_catching_up = False
            self._suspect("", "")

    def _open(self, channel: str, sealed: bytes) -> None:
        if channel != ALL and self._envelopes.says_it_is_of(self.process, sealed):
            return  # it came back, which tells nothing here; opening it would take long
        try:
            publication = self._envelopes.open(channel, sealed)
        except Refused as refused:
            log.warning("A publication on the bus was refused: %s", refused)
            if refused.is_ours and channel != ALL:  # beats of another version come every second
                self._suspect("", channel)
            return
        if publication.sender == self.process:
            self._came_back(publication)
        elif self._subscriptions.has(channel):
            self._note(publication)

    def _came_back(self, publication: Publication) -> None:
        if publication.kind == "beat":
            self.beats.heard_own()

    def _note(self, publication: Publication) -> None:
        arrival = self._numbers.arrived(publication)
        if arrival is Arrival.AGAIN:
            return
        sender, channel = publication.sender, publication.channel
        is_first = channel == ALL and publication.number == 1
        if publication.kind != "bye" and self.beats.meet(sender) and not is_first:
            self._suspect(sender, "")  # it was there before, but not connected
        if arrival is Arrival.AFTER_A_GAP:
            self._suspect(sender, "" if channel == ALL else channel)
        self._handle(publication)

    def _handle(self, publication: Publication) -> None:
        handler = self._handlers.get(publication.kind)
        if handler is None:
            return  # of a later release
        try:
            handler(publication)
        except Exception:
            log.exception("A publication of the kind %s could not be handled", publication.kind)
            if publication.channel != ALL:
                self._suspect(publication.sender, publication.channel)

    def _suspect(self, sender: str, channel: str) -> None:
        self.gaps += 1
        for listener in self._suspect_listeners:
            try:
                listener(sender, channel)
            except Exception:
                log.exception("What may have been missed on the bus could not be looked for")

    # Questions

    def _publish_question(self, number: int, kind: str, data: Any) -> None:
        self.publish(ALL, "question", {"number": number, "kind": kind, "data": data})

    def _asked(self, question: Publication) -> None:
        number, kind, data = (question.data[each] for each in ("number", "kind", "data"))
        answer = self._answers.get(kind)
        told = {"number": number, "data": answer(data) if answer else None}
        self.publish(f"process:{question.sender}", "answer", told)

    def _answered(self, answer: Publication) -> None:
        self._questions.answered(answer.data["number"], answer.sender, answer.data["data"])
