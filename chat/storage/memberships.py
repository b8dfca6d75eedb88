"""The interface of what the devices of a person share: what the rooms are to them, and choices."""

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


class Choices(NamedTuple):
    """What a person has chosen for all devices; empty until then."""

    theme: str = ""
    skin_tone: str = ""


class Shared(NamedTuple):
    """All that the devices of a person share; the memberships are in no particular order."""

    memberships: list[Membership]
    choices: Choices


class Memberships(ABC):
    """Read markers, notification levels and choices, kept for good.

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
    def choose(self, person: str, choice: str, value: str, change: str) -> None:
        """Store a choice; does nothing if a later change of it is stored.

        Args:
            person: The id of the person.
            choice: A field of Choices.
            value: What was chosen.
            change: As with `set_level`.
        """

    @abstractmethod
    def of(self, person: str) -> Shared:
        """All that is stored of a person, in one query."""
