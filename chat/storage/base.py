"""The interface of the durable log of messages."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from chat.errors import ChatError, Unavailable
from chat.messages.message import Draft, Message
from chat.settings import SettingsError


class Page(NamedTuple):
    """Messages of a room, oldest first, and whether there are more on the side asked for."""

    messages: list[Message]
    more: bool


Span = tuple[str, str, str]  # a room, and two bounds that have the form of ids


class InDoubt(Unavailable):
    """It is unknown whether a message was stored."""


class History(ABC):
    """The messages of all rooms, kept for good (or until the retention is over).

    Beside them it keeps which sessions have ended, so that no copy of a cookie outlives a restart.

    Every method may block, and raises `chat.errors.Unavailable` where the history can't be
    reached. Reads see everything that was stored before they began.
    """

    # Whether `append` itself finds the earlier message of the same user and client_id. Where it
    # doesn't, a resend has to be looked for with `find` first.
    append_is_idempotent: bool = False

    # Whether every message that `append` stores sorts behind all that its room had before, whatever
    # id it came with. Where it doesn't, a message may still appear for SETTLED_AFTER seconds behind
    # ones that were read.
    append_keeps_order: bool = False

    # Whether messages that are past their time go by themselves; otherwise `delete_expired` has to
    # be called.
    expires_by_itself: bool = False

    # Whether its calls block the whole process under the gunicorn worker, as those of a driver in C
    # do; sockets don't, because eventlet has patched them.
    blocks: bool = False

    @abstractmethod
    def append(self, messages: Sequence[Message]) -> list[Message | ChatError]:
        """Store up to BATCH messages.

        Returns:
            For each message what is in the history for it now, the message itself or an earlier
            one of the same user and client_id; or why it is not there. `InDoubt` means that it
            may be there, or come there within MAY_LAND_WITHIN.
        """

    @abstractmethod
    def find(self, room: str, user_id: str, client_id: str, since: str) -> Message | None:
        """The message of that user and client_id whose id sorts after `since`.

        Raises:
            chat.errors.Invalid: There is too much to search.
        """

    def claim(self, draft: Draft, token: str, instead_of: str) -> str:  # noqa: ARG002
        """Become the only one who may write a resent message; see `chat.history.resends`.

        Only needed where `append` is not idempotent, and only for resends.

        Args:
            draft: The message.
            token: Names the new claim; never used before.
            instead_of: Names a claim that has run out and is replaced.

        Returns:
            The token of the claim that is in force now: this one, or somebody else's.
        """
        return token

    def release(self, draft: Draft, token: str) -> None:  # noqa: B027
        """Give up a claim: it is known whether the message is stored."""

    @abstractmethod
    def newest(self, room: str, limit: int) -> Page:
        """The last messages of a room."""

    @abstractmethod
    def before(self, room: str, id_: str, limit: int) -> Page:
        """The last messages before the one with that id."""

    @abstractmethod
    def since(self, room: str, start: str, limit: int) -> Page:
        """The first messages whose ids sort after `start`."""

    @abstractmethod
    def count_after(self, room: str, id_: str, limit: int, besides: str = "") -> int:
        """How many messages came after the one with that id.

        Args:
            room: Its id.
            id_: That of the message.
            limit: Counts no further.
            besides: The person whose messages don't count.
        """

    @abstractmethod
    def end_session(self, session: str, until: float) -> None:
        """Keep for good that a session has ended.

        Args:
            session: Its id.
            until: Seconds since the epoch, after which its cookie is refused anyway.
        """

    @abstractmethod
    def ended(self, sessions: Sequence[str]) -> set[str]:
        """Those of up to ASKED_AT_ONCE sessions that have ended.

        What ended within the last few seconds may be missing.
        """

    @abstractmethod
    def count_between(self, room: str, after: str, until: str) -> int:
        """How many messages sort after the one id and not after the other."""

    def counts_between(self, spans: Sequence[Span]) -> list[int]:
        """`count_between` for several; one call, which may go to another thread, costs less."""
        return [self.count_between(*span) for span in spans]

    def now(self) -> float | None:
        """Seconds since the epoch by the history's own clock, or up to two less; None if unknown.

        The clocks of servers may be wrong; this one is the same for all.
        """
        return None

    @abstractmethod
    def create(self) -> None:
        """Make the place where messages are kept; does nothing where it is there already."""

    @abstractmethod
    def check(self) -> None:
        """Find out whether a message would be stored now.

        Raises:
            chat.settings.SettingsError: Only an operator can mend it; says how.
            chat.errors.Unavailable: Not now, but it may pass.
        """

    def delete_expired(self, room: str, after: str) -> str | None:  # noqa: ARG002
        """Delete a batch of what is past its time in a room.

        Args:
            room: Its id.
            after: The id from which on to look.

        Returns:
            From where to go on, if there may be more.
        """
        return None

    def backup(self, file: Path) -> None:  # noqa: ARG002
        """Write all to a file.

        Raises:
            chat.settings.SettingsError: It can't be done; says why, or what to do instead.
        """
        raise SettingsError(
            "backup and restore are for sqlite:///; a table has point-in-time recovery, "
            'see "Restore the messages" in docs/operate.md'
        )

    def restore(self, file: Path) -> Path | None:
        """Take all from a file that `backup` wrote, in place of what is there.

        Returns:
            Where that is kept, if there was something.

        Raises:
            chat.settings.SettingsError: It can't be done; says why, or what to do instead.
        """
        self.backup(file)
        return None

    def close(self) -> None:  # noqa: B027  not every history holds something
        """Let go of files and connections."""


BATCH = 25  # items, the most that DynamoDB takes in one BatchWriteItem

ASKED_AT_ONCE = 100  # sessions; keys that DynamoDB takes in one BatchGetItem

# Seconds that `append` takes at most, and those after which nothing that it has sent, and given
# up, gets stored any more: what the network still has when its connection has been reset, and what
# the history has got whole and works on.
APPEND_WITHIN = 4.5
MAY_LAND_WITHIN = 2.5

CLOCK_SKEW = 3.0  # seconds by which the clocks of two servers may differ

# Seconds after which a consistent read sees all messages whose ids are as old.
SETTLED_AFTER = APPEND_WITHIN + MAY_LAND_WITHIN + CLOCK_SKEW

# Seconds for which a write proves that another one would work. `check` makes one when there was
# none for so long, or one has failed: it costs, and wakes disks, however often somebody asks.
WRITE_PROVES = 30.0
