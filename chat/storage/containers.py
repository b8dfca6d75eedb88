"""The interface of the records by which the processes of one history follow each other."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

KEPT_FOR = 3600.0  # seconds after its last renewal until a record expires

# Rooms in one record. An item of DynamoDB has 400 KB at most, and each KB costs a write unit.
ROOMS_AT_MOST = 500


class ContainerRecord(NamedTuple):
    """What a process says of itself.

    `renewals` counts them: so others see that the process lives, whatever the clocks say.
    `newest` has the ids of the newest messages that it has stored lately, by room.
    """

    process: str
    renewals: int
    newest: Mapping[str, str]


class Containers(ABC):
    """One record for each process, until it expires.

    Every method may block, and raises `chat.errors.Unavailable` where the storage can't be reached.
    A write that was answered so may still be done a little later. Reads are consistent.
    """

    @abstractmethod
    def renew(self, process: str, renewals: int, newest: Mapping[str, str]) -> None:
        """Replace the record of a process, or make it; does nothing if a later one is stored.

        Args:
            process: Its id.
            renewals: Their number, with this one.
            newest: The newest ids of up to ROOMS_AT_MOST rooms.
        """

    @abstractmethod
    def all(self) -> list[ContainerRecord]:
        """The records of all processes, in no particular order."""

    @abstractmethod
    def remove(self, process: str) -> None:
        """Remove the record of a process that ends; does nothing without one."""
