"""The interface of the durable log of messages."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from chat.errors import ChatError, Unavailable
from chat.messages.message import Draft, Message
from chat.settings import SettingsError
from chat.storage.accounts import Accounts
from chat.storage.containers import Containers
from chat.storage.memberships import Memberships


class Page(NamedTuple):
    """Messages of a room, oldest first, and whether there are more on the side asked for."""

    messages: list[Message]
    more: bool


Span = tuple[str, str, str]  # the arguments of `count_between`: a room, and two bounds


class InDoubt(Unavailable):
    """It is unknown whether a message was stored."""


class History(ABC):
    """The messages of all rooms, kept for good (or until the retention is over).

    Every method may block, and raises `chat.errors.Unavailable` where the history can't be
    reached. Reads of messages are consistent: they see every message that was stored before they
    began.
    """

    # Whether `append` itself finds the earlier message of the same user and client_id. If not, a
    # resend has to be searched for with `find` first.
    append_is_idempotent: bool = False

    # Whether `append` gives each message an id after all earlier ids of its room, whatever id it
    # came with. If not, a message may still appear before ones that were read already, for
    # SETTLED_AFTER seconds.
    append_keeps_order: bool = False

    # Whether the history deletes expired messages itself. If not, call `delete_expired`.
    expires_by_itself: bool = False

    # Whether calls block the whole process under eventlet, as those of a driver in C do. Network
    # calls don't, because eventlet has patched the sockets.
    blocks: bool = True

    # Tells this history from others: the path of a file, or region and name of a table.
    name: str

    # The people and their sessions, which are kept in the same file or table.
    accounts: Accounts

    # What the devices of each person share, such as what was read; kept there, too.
    memberships: Memberships

    # The records by which processes follow each other; kept there, too.
    containers: Containers

    @abstractmethod
    def append(self, messages: Sequence[Message]) -> list[Message | ChatError]:
        """Store up to BATCH messages.

        Returns:
            For each message the stored one, which may have another id, or may be an earlier one of
            the same user and client_id; or the error, if none was stored. `InDoubt` means that the
            message may have been stored, or may still be within MAY_LAND_WITHIN.
        """

    @abstractmethod
    def find(self, room: str, user_id: str, client_id: str, since: str) -> Message | None:
        """The message of that user and client_id whose id sorts after `since`.

        Raises:
            chat.errors.Invalid: There is too much to search.
        """

    def claim(self, draft: Draft, token: str, instead_of: str) -> str:  # noqa: ARG002
        """Claim the right to write a resend; see `chat.history.resends`.

        Only needed where `append` is not idempotent, and only for resends.

        Args:
            draft: The message.
            token: Identifies the new claim; never used before.
            instead_of: The token of a claim that has run out and may be replaced.

        Returns:
            The token of the claim that is in force now: this one or another process's; empty if
            that one has just ended.
        """
        return token

    def release(self, draft: Draft, token: str) -> None:  # noqa: B027
        """End a claim, after the outcome of the write is known."""

    @abstractmethod
    def newest(self, room: str, limit: int) -> Page:
        """The last messages of a room."""

    @abstractmethod
    def before(self, room: str, id_: str, limit: int) -> Page:
        """The last messages before the one with that id."""

    @abstractmethod
    def since(self, room: str, start: str, limit: int) -> Page:
        """The first messages whose ids sort after `start`."""

    def newest_ids(self, rooms: Sequence[str], before: str) -> list[str]:
        """The newest id before that one in each of some rooms; empty for a room without any."""
        pages = [self.before(room, before, 1) for room in rooms]
        return [page.messages[-1].id if page.messages else "" for page in pages]

    @abstractmethod
    def count_after(self, room: str, id_: str, limit: int, besides: str = "") -> int:
        """How many messages came after the one with that id.

        Args:
            room: Its id.
            id_: That of the message.
            limit: The highest count; stops there.
            besides: The id of the person whose messages don't count.
        """

    @abstractmethod
    def count_between(self, room: str, after: str, until: str) -> int:
        """How many messages have ids after `after`, and not after `until`."""

    def counts_between(self, spans: Sequence[Span]) -> list[int]:
        """`count_between` for several; one call costs less, as each may go to another thread."""
        return [self.count_between(*span) for span in spans]

    def now(self) -> float | None:
        """Seconds since the epoch by the history's own clock, or up to two less; None if unknown.

        The clocks of servers may be wrong; this one is the same for all.
        """
        return None

    @abstractmethod
    def create(self) -> None:
        """Create the file or table where messages are kept, if it doesn't exist."""

    @abstractmethod
    def check(self) -> None:
        """Find out whether a message would be stored now.

        Raises:
            chat.settings.SettingsError: No, until an operator acts; says what to do.
            chat.errors.Unavailable: Not now, but a later check may succeed.
        """

    def delete_expired(self, room: str, after: str) -> str | None:  # noqa: ARG002
        """Delete a batch of the expired messages of a room.

        Args:
            room: Its id.
            after: The id to start from.

        Returns:
            The id to go on from; None if there are no more.
        """
        return None

    def backup(self, file: Path) -> None:  # noqa: ARG002
        """Write everything to a file.

        Raises:
            chat.settings.SettingsError: It can't be done; says why, or what to do instead.
        """
        raise SettingsError(
            "backup and restore are for sqlite:///; a table has point-in-time recovery, "
            'see "Restore the messages" in docs/operate.md'
        )

    def restore(self, file: Path) -> Path | None:
        """Replace everything by the content of a file that `backup` wrote.

        Returns:
            Where the replaced file is kept; None if there was none.

        Raises:
            chat.settings.SettingsError: It can't be done; says why, or what to do instead.
        """
        self.backup(file)
        return None

    def close(self) -> None:  # noqa: B027  not every history has something to close
        """Close files and connections."""


BATCH = 25  # items, the most that DynamoDB takes in one BatchWriteItem

ASKED_AT_ONCE = 100  # people; keys that DynamoDB takes in one BatchGetItem

# Seconds that `append` takes at most. And seconds after which a write that it has given up can't be
# stored any more: until then the network may deliver data although the connection was reset, or the
# history may still work on a complete request.
APPEND_WITHIN = 4.5
MAY_LAND_WITHIN = 2.5

CLOCK_SKEW = 3.0  # seconds by which the clocks of two servers may differ

# The age from which on ids are settled (seconds): a consistent read sees all messages as old.
SETTLED_AFTER = APPEND_WITHIN + MAY_LAND_WITHIN + CLOCK_SKEW

# Seconds for which a write proves that another one would work. `check` writes only if there was no
# write for so long, or one has failed: a write costs money and wakes disks, and `check` is called
# often.
WRITE_PROVES = 30.0
