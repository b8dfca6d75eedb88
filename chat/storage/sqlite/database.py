"""The connections of a process to the file of the history: one for each thread."""

import _thread
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NoReturn
from weakref import WeakSet

import orjson

from chat.errors import Unavailable
from chat.private_files import keep_from_others
from chat.settings import SettingsError
from chat.storage.sqlite import file as sqlite_file
from chat.storage.sqlite.check import inspect
from chat.storage.sqlite.file import Identities, Identity
from chat.storage.sqlite.migrations import migrate

log = logging.getLogger(__name__)

# Seconds to wait for another process that writes. An answer is due after five.
BUSY_TIMEOUT = 2.5

# Seconds between two checks, before reads, of which file is at the path: a check costs as much as a
# read. Before each write there is a check.
LOOK_EVERY = 1.0


class Database:
    """Opens the file, and notices when it is no longer the file at its path.

    A write to a file that is no longer at its path succeeds, but is lost. So when the file was
    moved, replaced or deleted, writes fail at once, and reads within LOOK_EVERY. Both work again
    when the file is back.

    Args:
        path: The file; it and its folder are made where they are missing.
        monotonic: Seconds.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self.path = path.resolve()  # as SQLite does
        self._monotonic = monotonic
        self._written_at = float("-inf")  # monotonic: when a write worked last
        self._local = threading.local()
        self._connections: WeakSet[_Connection] = WeakSet()  # one for each living thread
        # Not used for reads or writes. SQLite deletes the log when the last connection is closed.
        # While this one is open, threads come and go without that.
        self._keeper: _Connection | None = None
        self._identities = Identities(path)
        self._opened: list[Identity] = []  # the files that are in use
        self._looked_at = float("-inf")  # monotonic: the last check that found the same file
        self._is_closed = False
        self._opening = _thread.RLock()  # eventlet may have patched `threading`

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: until it ends, no other process does.

        Raises:
            chat.errors.Unavailable: Nothing was written.
        """
        with self.use() as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            self._require_same_files()
            yield connection

    def wrote(self) -> None:
        """Note that a transaction was committed."""
        self._written_at = self._monotonic()

    def since_last_write(self) -> float:
        """Seconds since `wrote`; infinity if an error came after it."""
        return self._monotonic() - self._written_at

    def rows(self, columns: str, which: str, values: Sequence[Any]) -> list[Any]:
        """Rows as lists, in any order; numbers have 15 digits.

        They come as one row of JSON. For each row the driver releases the GIL, and then waits until
        the busy hub's thread gives it back, which would cost more than the rest of the query.

        Args:
            columns: Their names, with commas between.
            which: What follows FROM.
            values: Of the parameters in it.

        Raises:
            chat.errors.Unavailable: As with `use`.
        """
        query = f"SELECT json_group_array(json_array({columns})) FROM {which}"  # noqa: S608
        with self.use() as connection:
            (found,) = connection.execute(query, values).fetchone()
        return orjson.loads(found)  # type: ignore[no-any-return]

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection.

        Raises:
            chat.errors.Unavailable: The file can't be used; its cause is the error of SQLite.
        """
        connection: _Connection | None = None
        try:
            self.open()
            self._require_same_database()
            connection = self._connection()
            connection.is_busy = True
            if self._is_closed:  # meanwhile
                raise Unavailable("the history is closed")
            yield connection
        except (OSError, sqlite3.Error, SettingsError) as error:
            self._written_at = float("-inf")
            log.warning("%s: %s", self.path, error)
            raise Unavailable("the history can't be reached") from error
        finally:
            if connection is not None:
                connection.is_busy = False

    def open(self) -> None:
        """Create the file, or examine an existing one, unless that was done before."""
        if self._is_closed:
            raise Unavailable("the history is closed")
        if not self._keeper:
            with self._opening:
                if not self._keeper:
                    self._prepare()

    def _prepare(self) -> None:
        """Create the file, or examine an existing one; then migrate it to the newest version."""
        sqlite_file.create(self.path)
        for file in (self.path, sqlite_file.log_of(self.path), sqlite_file.index_of(self.path)):
            keep_from_others(file)
        inspect(self.path, BUSY_TIMEOUT)
        with closing(self._plain()) as database:
            sqlite_file.renew_id(database)
        keeper = self._connect()
        try:
            migrate(keeper, self.path)
        except BaseException:
            keeper.close()
            raise
        self._opened = self._identities.now()
        self._keeper = keeper

    def _require_same_database(self) -> None:
        now = self._monotonic()
        if not self._opened or now < self._looked_at + LOOK_EVERY:
            return
        if self._identities.of_database() != self._opened[0]:
            self._refuse_other_files("")
        self._looked_at = now

    def _require_same_files(self) -> None:
        if self._opened and not self._identities.are(self._opened):
            self._refuse_other_files(", or its -wal or -shm,")

    def _refuse_other_files(self, which: str) -> NoReturn:
        self._looked_at = float("-inf")
        log.error(
            "%s%s was moved, replaced or deleted while it was in use: put it back, "
            "or stop the chat and start it again",
            self.path,
            which,
        )
        raise Unavailable("the history can't be reached")

    def _connection(self) -> "_Connection":
        """This thread's connection: a connection must not be used by two threads at once."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            self._require_same_files()
            connection = self._connect()
            try:
                self._require_same_files()  # the file may have been replaced in between
            except Unavailable:
                connection.close()
                raise
            self._local.connection = connection
            self._connections.add(connection)
        return connection

    def _connect(self) -> "_Connection":
        connection = self._plain()
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # a power cut must not lose a commit
            connection.execute("PRAGMA cache_size = -1000")  # KiB; each thread has one
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _plain(self) -> "_Connection":
        return sqlite_file.connect(self.path, sqlite_file.WRITE, BUSY_TIMEOUT, _Connection)

    def close(self) -> None:
        """Move the log into the file, so that a copy of the file alone is complete.

        A connection that is still in use stays open until the process ends.
        """
        self._is_closed = True
        for connection in list(self._connections):
            if not connection.is_busy:
                connection.close()
        if keeper := self._keeper:
            self._keeper = None
            try:
                self._empty_log(keeper)
            except sqlite3.Error as error:
                log.warning("%s keeps its log beside it: %s", self.path, error)
            keeper.close()

    def _empty_log(self, keeper: "_Connection") -> None:
        """Delete the log; only empty it if other processes use it, or the file was moved."""
        is_in_place = self._identities.now()[:1] == self._opened[:1]
        try:
            if is_in_place:
                keeper.execute("PRAGMA journal_mode = DELETE")
                return
        except sqlite3.OperationalError:
            pass  # in use
        keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Connection(sqlite3.Connection):
    """Of one thread; others may close it while it is not busy."""

    is_busy = False
