"""The interface of what each person has to do with each room."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple


class Membership(NamedTuple):
    """What a room is to a person.

    `read_up_to` is the id of the newest message that the person has read; empty before the first
    one. `level` says what the person wants to be notified of; empty until the person has chosen.
    """

    room: str
    read_up_to: str = ""
    level: str = ""


class ReadMarker(NamedTuple):
    """A person has read a room up to the message of that id."""

    person: str
    room: str
    id: str


class Memberships(ABC):
    """Read markers and notification levels, kept for good.

    Every method may block, and raises `chat.errors.Unavailable` where the storage can't be reached.
    A write that was answered so may still be done much later; nothing newer is lost by it. Reads
    are consistent.
    """

    @abstractmethod
    def advance(self, markers: Sequence[ReadMarker]) -> None:
        """Store up to BATCH read markers, except for those that would go back.

        After an error some of them may be stored.
        """

    @abstractmethod
    def set_level(self, person: str, room: str, level: str, change: str) -> None:
        """Store a level; does nothing if a later change is stored.

        Args:
            person: The id of the person.
            room: The id of the room.
            level: What to notify of.
            change: The id of this change, in the form of message ids, whose order is that of time.
        """

    @abstractmethod
    def of(self, person: str) -> list[Membership]:
        """All that is stored of a person, in one query; in no particular order."""
