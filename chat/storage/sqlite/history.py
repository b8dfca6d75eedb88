"""The history in an SQLite file: the default, with nothing to install."""

import _thread
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NoReturn
from weakref import WeakSet

import orjson

from chat.errors import ChatError, Unavailable
from chat.messages.ids import FARTHEST_AHEAD, following, id_at
from chat.messages.message import Message
from chat.settings import SettingsError
from chat.storage.base import WRITE_PROVES, History, Page
from chat.storage.sqlite import backup as sqlite_backup
from chat.storage.sqlite import file as sqlite_file
from chat.storage.sqlite.check import inspect, require_ours
from chat.storage.sqlite.file import Identities, Identity
from chat.storage.sqlite.migrations import migrate

log = logging.getLogger(__name__)

COLUMNS = "id, room, user_id, user_name, text, client_id"

# Does nothing where the message is there already, or where its room has this id or one that sorts
# behind it: then the id is NULL, which the table refuses. Ids from the last parameter on don't
# count: they are so far ahead that new ones don't follow them. INSERT … SELECT … WHERE NOT EXISTS
# says the same and takes twice as long: SQLite first copies the row into a temporary table.
INSERT = f"""
  INSERT OR IGNORE INTO messages ({COLUMNS}) VALUES (
    CASE WHEN NOT EXISTS (
      SELECT 1 FROM messages WHERE room = ?2 AND id >= ?1 AND id < ?7
    ) THEN ?1 END,
    ?2, ?3, ?4, ?5, ?6
  )
"""  # noqa: S608

# Seconds to wait for another process that writes. An answer is due after five.
BUSY_TIMEOUT = 2.5

# Errors that an operator has to mend. All others pass: another process writes, the disk is full.
LASTING = {
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}

# Seconds between two looks at which file is at the path, where one only reads: a look costs as much
# as a read. Whatever writes looks each time.
LOOK_EVERY = 1.0

PROBE = 32_768  # bytes that a check writes, as many as a long message

EXPIRE_EVERY = 60.0  # seconds
EXPIRE_AT_MOST = 1000  # rows in one transaction, which others wait for


class SqliteHistory(History):
    """Messages in one table of one file, in write-ahead mode: reads and a write don't wait.

    What is written to a file that is no longer at its path is lost, however well that works. So
    as soon as another file is there, or none, all calls that write fail, and those that read a
    moment later; they work again when it is back.

    Args:
        path: The file; it and its folder are made where they are missing.
        retention_s: Seconds after which messages are deleted; 0 keeps them.
        clock: Seconds since the epoch.
        monotonic: Seconds.
    """

    append_is_idempotent = True
    append_keeps_order = True
    expires_by_itself = True
    blocks = True

    def __init__(
        self,
        path: Path,
        *,
        retention_s: float = 0,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path.resolve()  # as SQLite does
        self._retention_s = retention_s
        self._clock = clock
        self._monotonic = monotonic
        self._next_expiry = 0.0
        self._written_at = float("-inf")  # monotonic: when a write worked last
        self._local = threading.local()
        self._connections: WeakSet[_Connection] = WeakSet()  # of all threads that there are
        # This one nobody uses. While it is open, threads may come and go, and no files with them.
        self._keeper: _Connection | None = None
        self._identities = Identities(path)
        self._opened: list[Identity] = []  # the files that are in use
        self._looked_at = float("-inf")  # monotonic: when the one at the path was the right one
        self._is_closed = False
        self._opening = _thread.RLock()  # the system's: `threading` may have eventlet's

    def append(self, messages: Sequence[Message]) -> list[Message | ChatError]:
        """Store all in one transaction, on the disk when this returns.

        One transaction follows the other, so here the ids of a room can be kept from going back,
        whichever process writes and whatever its clock says.
        """
        with self._database() as database, database:
            self._begin(database)
            self._expire(database)
            farthest = id_at(self._clock() + FARTHEST_AHEAD)
            stored: list[Message | ChatError] = [
                self._insert(database, message, farthest) for message in messages
            ]
        self._written_at = self._monotonic()
        return stored

    def _begin(self, database: sqlite3.Connection) -> None:
        """Begin a transaction that writes: until it ends, no other process does."""
        database.execute("BEGIN IMMEDIATE")
        self._require_same_files()

    def _insert(self, database: sqlite3.Connection, message: Message, farthest: str) -> Message:
        if database.execute(INSERT, (*message, farthest)).rowcount:
            return message
        if first := self._first(database, message.user_id, message.client_id):
            return first
        newest = self._newest_id(database, message.room, farthest)
        message = message._replace(id=following(newest, message.id))
        if not database.execute(INSERT, (*message, farthest)).rowcount:
            raise RuntimeError("the table refuses a message")
        return message

    def _newest_id(self, database: sqlite3.Connection, room: str, farthest: str) -> str:
        (newest,) = database.execute(
            "SELECT max(id) FROM messages WHERE room = ? AND id < ?", (room, farthest)
        ).fetchone()
        return str(newest)

    def _first(self, database: sqlite3.Connection, user_id: str, client_id: str) -> Message | None:
        row = database.execute(
            f"SELECT {COLUMNS} FROM messages WHERE user_id = ? AND client_id = ?",  # noqa: S608
            (user_id, client_id),
        ).fetchone()
        return Message(*row) if row else None

    def _expire(self, database: sqlite3.Connection) -> None:
        """Delete what is past its time, little by little and now and then."""
        if self._retention_s and self._clock() >= self._next_expiry:
            deleted = database.execute(
                "DELETE FROM messages WHERE (room, id) IN "
                "(SELECT room, id FROM messages WHERE id < ? ORDER BY id LIMIT ?)",
                (self._oldest(), EXPIRE_AT_MOST),
            )
            if deleted.rowcount < EXPIRE_AT_MOST:
                self._next_expiry = self._clock() + EXPIRE_EVERY

    def find(self, room: str, user_id: str, client_id: str, since: str) -> Message | None:
        """Needed after an `append` that failed in an unknown way: a resend needs no search."""
        found = self._select(
            "room = ? AND id > ? AND user_id = ? AND client_id = ?",
            (room, max(since, self._oldest()), user_id, client_id),
            "LIMIT 1",
        )
        return found[0] if found else None

    def newest(self, room: str, limit: int) -> Page:
        """The last messages of a room."""
        return self.before(room, "~", limit)  # sorts after every id

    def before(self, room: str, id_: str, limit: int) -> Page:
        """The last messages before the one with that id."""
        found = self._select(
            "room = ? AND id < ? AND id > ?",
            (room, id_, self._oldest()),
            f"ORDER BY id DESC LIMIT {limit + 1:d}",
        )
        return Page(found[-limit:], more=len(found) > limit)

    def since(self, room: str, start: str, limit: int) -> Page:
        """The first messages whose ids sort after `start`."""
        found = self._select(
            "room = ? AND id > ?",
            (room, max(start, self._oldest())),
            f"ORDER BY id LIMIT {limit + 1:d}",
        )
        return Page(found[:limit], more=len(found) > limit)

    def count_after(self, room: str, id_: str, limit: int, besides: str = "") -> int:
        """How many messages came after the one with that id."""
        with self._database() as database:
            (count,) = database.execute(
                "SELECT count(*) FROM (SELECT 1 FROM messages "
                "WHERE room = ? AND id > ? AND user_id != ? LIMIT ?)",
                (room, max(id_, self._oldest()), besides, limit),
            ).fetchone()
            return int(count)

    def end_session(self, session: str, until: float) -> None:
        """Write it, and delete some of those whose cookies are refused anyway."""
        with self._database() as database, database:
            self._begin(database)
            database.execute(
                "INSERT OR REPLACE INTO ended_sessions (session, expires_at) VALUES (?, ?)",
                (session, until),
            )
            database.execute(
                "DELETE FROM ended_sessions WHERE session IN "
                "(SELECT session FROM ended_sessions WHERE expires_at < ? LIMIT ?)",
                (self._clock(), EXPIRE_AT_MOST),
            )

    def ended(self, sessions: Sequence[str]) -> set[str]:
        """Look for all of them in one query."""
        with self._database() as database:
            (found,) = database.execute(
                "SELECT json_group_array(session) FROM ended_sessions "
                "WHERE session IN (SELECT value FROM json_each(?))",
                (orjson.dumps(list(sessions)).decode(),),
            ).fetchone()
        return set(orjson.loads(found))

    def count_between(self, room: str, after: str, until: str) -> int:
        """How many messages sort after the one and not after the other."""
        with self._database() as database:
            (count,) = database.execute(
                "SELECT count(*) FROM messages WHERE room = ? AND id > ? AND id <= ?",
                (room, max(after, self._oldest()), until),
            ).fetchone()
            return int(count)

    def create(self) -> None:
        """Make the file and its tables; `check` does so too."""
        self.check()

    def check(self) -> None:
        """Write something; also where nobody talks, what is past its time goes."""
        try:
            self._open()
            self._write_something()
        except Unavailable as error:
            if error.__cause__ is None:
                raise
            raise self._refusal(error.__cause__) from None
        except (OSError, sqlite3.Error, SettingsError) as error:
            raise self._refusal(error) from None

    def _write_something(self) -> None:
        with self._database() as database, database:
            require_ours(database, self._path)
            self._begin(database)
            self._expire(database)
            if is_due := self._monotonic() - self._written_at >= WRITE_PROVES:
                # Only a commit finds out that the disk is full.
                database.execute("REPLACE INTO probe VALUES (1, zeroblob(?))", (PROBE,))
        if is_due:
            self._written_at = self._monotonic()

    def _refusal(self, error: BaseException) -> Exception:
        """What `check` says of an error."""
        if isinstance(error, SettingsError):
            return SettingsError(f"CHAT_HISTORY: {error}")
        if _is_lasting(error):
            return SettingsError(
                f"CHAT_HISTORY: {self._path} can't be written to ({error}); "
                "name a file in a folder that this user may write to"
            )
        return Unavailable(f"the history can't be written to: {error}")

    def backup(self, file: Path) -> None:
        """Write all to another file, of the same form."""
        sqlite_backup.backup(self._path, file)

    def restore(self, file: Path) -> Path | None:
        """Put a backup in the place of the file."""
        return sqlite_backup.restore(self._path, file)

    def close(self) -> None:
        """Leave all in the one file: whoever copies it when the chat has stopped needs no other.

        A connection that is still in use stays as it is until the process ends.
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
                log.warning("%s keeps its log beside it: %s", self._path, error)
            keeper.close()

    def _empty_log(self, keeper: "_Connection") -> None:
        """Without a log, unless other processes go on using it."""
        is_in_place = self._identities.now()[:1] == self._opened[:1]
        try:
            if is_in_place:
                keeper.execute("PRAGMA journal_mode = DELETE")
                return
        except sqlite3.OperationalError:
            pass  # in use
        keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _select(self, where: str, values: tuple[str, ...], rest: str) -> list[Message]:
        """Messages in the order of their ids.

        All of them come as one row of JSON. For each row the driver gives the interpreter away and
        has to wait until it gets it back from a busy hub, which cost more than all else here.
        """
        query = (
            f"SELECT json_group_array(json_array({COLUMNS})) "  # noqa: S608
            f"FROM (SELECT {COLUMNS} FROM messages WHERE {where} {rest})"
        )
        with self._database() as database:
            (found,) = database.execute(query, values).fetchone()
        return sorted(Message(*row) for row in orjson.loads(found))

    def _oldest(self) -> str:
        """What has expired but is not deleted yet sorts before this and is not shown."""
        return id_at(self._clock() - self._retention_s) if self._retention_s else ""

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        connection: _Connection | None = None
        try:
            self._open()
            self._require_same_database()
            connection = self._connection()
            connection.is_busy = True
            if self._is_closed:  # since then
                raise Unavailable("the history is closed")
            yield connection
        except (OSError, sqlite3.Error, SettingsError) as error:
            self._written_at = float("-inf")
            log.warning("%s: %s", self._path, error)
            raise Unavailable("the history can't be reached") from error
        finally:
            if connection is not None:
                connection.is_busy = False

    def _open(self) -> None:
        if self._is_closed:
            raise Unavailable("the history is closed")
        if not self._keeper:
            with self._opening:
                if not self._keeper:
                    self._prepare()

    def _prepare(self) -> None:
        """Make the file; or examine the one that is there, and bring it up to date."""
        sqlite_file.create(self._path)
        for file in (self._path, sqlite_file.log_of(self._path), sqlite_file.index_of(self._path)):
            sqlite_file.keep_from_others(file)
        inspect(self._path, BUSY_TIMEOUT)
        with closing(self._plain()) as database:
            sqlite_file.renew_id(database)
        keeper = self._connect()
        try:
            migrate(keeper, self._path)
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
            self._path,
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
                self._require_same_files()  # or it may be one to another file
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
        return sqlite_file.connect(self._path, sqlite_file.WRITE, BUSY_TIMEOUT, _Connection)


class _Connection(sqlite3.Connection):
    """Of one thread; others may close it while it is not busy."""

    is_busy = False


def _is_lasting(error: BaseException) -> bool:
    """Whether an operator has to mend it."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in LASTING
    return isinstance(error, OSError)
