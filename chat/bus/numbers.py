"""Notices by their numbers which publications did not arrive."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum

from chat.bus.envelope import Publication

SENDERS = 1000  # whose serials are remembered, so that what they said is not taken twice


class Arrival(Enum):
    """What the numbers of a publication say."""

    NEXT = "nothing is missing before it"
    AFTER_A_GAP = "something is missing before it"
    AGAIN = "it came before, or others came that were published later"


@dataclass(slots=True)
class _Received:
    """Of one sender in one channel."""

    first: int  # until the sender has announced the numbers of that time
    last: int


class Numbers:
    """Knows the numbers of what has arrived, for the channels that this process has subscribed to.

    Where a process subscribes to a channel, the first number that arrives is not known to be the
    first that should have. What the sender announces in its next beat tells.
    """

    def __init__(self) -> None:
        self._serials: OrderedDict[str, int] = OrderedDict()  # the last of each sender
        self._received: dict[str, dict[str, _Received]] = {}  # by channel and sender

    def arrived(self, publication: Publication) -> Arrival:
        """Note a publication."""
        channel, _, _, sender, serial, number = publication
        if serial <= self._serials.get(sender, 0):
            return Arrival.AGAIN
        self._remember(sender, serial)
        senders = self._received.setdefault(channel, {})
        received = senders.get(sender)
        if received is None:
            senders[sender] = _Received(number, number)
            return Arrival.NEXT
        is_next = number == received.last + 1
        received.last = number
        return Arrival.NEXT if is_next else Arrival.AFTER_A_GAP

    def _remember(self, sender: str, serial: int) -> None:
        self._serials[sender] = serial
        self._serials.move_to_end(sender)
        if len(self._serials) > SENDERS:
            self._serials.popitem(last=False)

    def announced(self, sender: str, channel: str, first: int, last: int) -> bool:
        """Note which numbers a sender gave out lately; returns whether something is missing."""
        senders = self._received.setdefault(channel, {})
        received = senders.get(sender)
        senders[sender] = _Received(0, max(last, received.last if received else 0))
        return received is None or received.first > first or received.last < last

    def forget_channel(self, channel: str) -> None:
        """This process gets nothing of the channel any more."""
        self._received.pop(channel, None)

    def forget_sender(self, sender: str) -> None:
        """The process of that id is gone; what it said is still not taken twice."""
        for senders in self._received.values():
            senders.pop(sender, None)
