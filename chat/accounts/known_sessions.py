"""The sessions that are good: a copy of a cookie must be of no use after its session has ended.

A cookie is valid by its signature alone. So the storage has a record of each session, which is
looked up when somebody loads a page or connects with the cookie.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from chat.errors import Unavailable
from chat.history.gathered_reads import GatheredReads
from chat.messages.ids import MessageIds
from chat.storage.accounts import LOOKED_UP_AT_ONCE, Accounts, Key, Profile, Revocation, Session

log = logging.getLogger(__name__)

# Seconds for which an answer is cached. After a restart everybody comes back at once, and a page
# and each tab's two namespaces ask for the same session. Promises of how soon a session is refused
# in other processes rest on it.
GOOD_FOR = 30.0

# Seconds for which a session that was not found is refused without a look-up: whoever sends a copy
# of an old cookie again and again must not cost a read each time.
BAD_FOR = 5.0

REMEMBERED = 10_000  # sessions: of those that are good, of those that ended here, of the unknown

RETRY_EVERY = 5.0  # seconds

REVOKED = "revoked:"  # stands for the room in the ids of revocations


class Known(NamedTuple):
    """A session that is good, and whose it is."""

    profile: Profile
    session: Session


class KnownSessions:
    """Begins and ends sessions, and knows which are good.

    While the storage can't be reached, sessions begin and end in this process only, and are
    recorded later.

    Args:
        accounts: The records.
        ids: Makes the ids of revocations.
        start: Starts a function in the background.
        sleep: Waits for some seconds.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        accounts: Accounts,
        ids: MessageIds,
        start: Callable[[Callable[[], None]], Any],
        sleep: Callable[[float], Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._ids = ids
        self._look_ups = GatheredReads(self._read, LOOKED_UP_AT_ONCE)
        self._start = start
        self._sleep = sleep
        self._clock = clock
        self._good: dict[Key, tuple[Known, float]] = {}  # and until when this need not be asked
        self._bad: dict[Key, float] = {}  # not found: until when this need not be asked
        self._ended: dict[Key, None] = {}  # the latest that ended here
        self._changes = 0  # how many sessions ended: what is read meanwhile isn't cached
        self._unrecorded: list[Callable[[], None]] = []  # writes, in their order
        self._is_retrying = False
        self._revoke_listeners: list[Callable[[], None]] = []

    def when_revoked(self, listener: Callable[[], None]) -> None:
        """Call a function each time this process has taken something away."""
        self._revoke_listeners.append(listener)

    def begin(self, profile: Profile, session: Session, ticket: Key | None = None) -> None:
        """Record a new session, and the profile of its person.

        Args:
            profile: Of the person.
            session: The session, or a new ticket.
            ticket: By which it begins, if it does. An outage may have let an old one pass; then
                the session ends when it would be recorded.
        """
        self._remember_good(Known(profile, session))

        def record() -> None:
            if ticket and not self._accounts.look_up([ticket]):
                self._record_end((profile.id, session.id), session.until)
                return
            self._accounts.put_profile(profile)
            self._accounts.begin_session(session)

        self.record(record, "A sign-in can't be recorded yet; until then a restart would end it")

    def end(self, key: Key, until: float) -> None:
        """Refuse a session from now on; this process does so at once, others when they are told.

        Args:
            key: The session.
            until: Its last moment (seconds since the epoch).
        """
        self.ended_elsewhere(key)
        self.record(
            lambda: self._record_end(key, until),
            "A sign-out can't be recorded yet; until then a restart would make copies of the "
            "cookie valid again",
        )

    def _record_end(self, key: Key, until: float) -> None:
        # The id is of this moment: others, and this process, read what was revoked lately.
        with self.revoking(*key):
            self._accounts.end_session(key, until)

    @contextmanager
    def revoking(self, person: str, session: str = "") -> Iterator[Revocation]:
        """Tell other processes what the block takes away: a session, or what a person may.

        It is recorded before the block runs: if this process dies in between, others look for
        nothing. They are told to look at once after the block.

        Raises:
            chat.errors.Unavailable: It can't be recorded; then the block doesn't run.
        """
        revocation = Revocation(self._ids.make(REVOKED), person, session)
        self._accounts.revoke(revocation)
        yield revocation
        for listener in self._revoke_listeners:
            listener()

    def rename(self, profile: Profile) -> None:
        """Record the new name of a person, and tell all processes that it has changed.

        Raises:
            chat.errors.Unavailable: It can't be recorded now: a sign-in that still waits to be
                recorded would bring the former name back.
        """
        if self._unrecorded:
            raise Unavailable("Your name can't be stored now. Try again in a moment.")
        with self.revoking(profile.id):
            self._accounts.put_profile(profile)
        self.forget_person(profile.id)

    def record(self, write: Callable[[], None], what: str) -> None:
        """Write now; later if the storage can't be reached, or earlier writes still wait.

        Args:
            write: Writes; called again until it doesn't raise `Unavailable`.
            what: Says in the log what can't be written.
        """
        if not self._unrecorded:
            try:
                write()
            except Unavailable as error:
                log.warning("%s: %s", what, error)
            else:
                return
        if len(self._unrecorded) < REMEMBERED:
            self._unrecorded.append(write)
        if not self._is_retrying:
            self._is_retrying = True
            self._start(self._retry)

    def _retry(self) -> None:
        try:
            while self._unrecorded:
                self._sleep(RETRY_EVERY)
                self._record_in_order()
        finally:
            self._is_retrying = False
        log.info("All sign-ins and sign-outs are recorded again")

    def _record_in_order(self) -> None:
        while self._unrecorded:
            try:
                self._unrecorded[0]()
            except Unavailable:
                return
            except Exception:
                log.exception("A sign-in or sign-out could not be recorded")
            del self._unrecorded[0]

    def ended_elsewhere(self, key: Key) -> None:
        """Refuse a session from now on, which another process records."""
        self._changes += 1
        self._good.pop(key, None)
        _remember(self._ended, key, None)

    def has_ended(self, key: Key) -> bool:
        """Whether a session has ended, as far as this process knows."""
        return key in self._ended

    def forget(self, key: Key) -> None:
        """Look a session up again before it is called good."""
        self._changes += 1
        self._good.pop(key, None)

    def forget_person(self, person: str) -> None:
        """Look all sessions of a person up again before they are called good."""
        self._changes += 1
        for key in [key for key in self._good if key[0] == person]:
            del self._good[key]

    def find(self, key: Key) -> Known | None:
        """The session with its person; None if it has ended.

        Raises:
            chat.errors.Unavailable: It isn't known, and the storage can't be reached.
        """
        known, until = self._good.get(key, (None, 0.0))
        if until <= self._clock():
            known = None if self._is_known_bad(key) else self._look_up(key, known)
        return None if key in self._ended else known  # last: it may have ended meanwhile

    def _is_known_bad(self, key: Key) -> bool:
        return key in self._ended or self._bad.get(key, 0.0) > self._clock()

    def _look_up(self, key: Key, before: Known | None) -> Known | None:
        """Ask the storage; if it can't be reached, what was known before is still taken for it."""
        changes = self._changes
        try:
            found = self._look_ups.ask(key)
        except Unavailable:
            if before:
                return before
            raise
        if not found and before and self._unrecorded:
            return before  # its beginning may be among what isn't recorded yet
        if not found:
            self._good.pop(key, None)
            _remember(self._bad, key, self._clock() + BAD_FOR)
        elif changes == self._changes:
            self._remember_good(found)
        return found

    def _read(self, keys: list[Key]) -> dict[Key, Known]:
        return {key: Known(*found) for key, found in self._accounts.look_up(keys).items()}

    def _remember_good(self, known: Known) -> None:
        key = known.session.key
        self._bad.pop(key, None)
        _remember(self._good, key, (known, self._clock() + GOOD_FOR))


def _remember(table: dict[Key, Any], key: Key, value: Any) -> None:
    """Put an entry at the end, and drop the first one if there are too many."""
    table.pop(key, None)
    table[key] = value
    if len(table) > REMEMBERED:
        del table[next(iter(table))]
