"""The history in an SQLite file: the default, with nothing to install."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson

from chat.errors import ChatError, Unavailable
from chat.history.base import History, Page
from chat.message_ids import FARTHEST_AHEAD, FIRST_ID, following, id_at
from chat.messages import Message
from chat.settings import SettingsError

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  room TEXT NOT NULL,
  id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  user_name TEXT NOT NULL,
  text TEXT NOT NULL,
  client_id TEXT NOT NULL,
  PRIMARY KEY (room, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS messages_by_client_id ON messages (user_id, client_id);
CREATE INDEX IF NOT EXISTS messages_by_id ON messages (id);
CREATE TABLE IF NOT EXISTS ended_sessions (
  session TEXT NOT NULL PRIMARY KEY,
  expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ended_sessions_by_expiry ON ended_sessions (expires_at);
"""
COLUMNS = "id, room, user_id, user_name, text, client_id"

# Seconds to wait for another process that writes. An answer is due after five.
BUSY_TIMEOUT = 2.5

EXPIRE_EVERY = 60.0  # seconds
EXPIRE_AT_MOST = 1000  # rows in one transaction, which others wait for


class SqliteHistory(History):
    """Messages in one table of one file, in write-ahead mode: reads and a write don't wait.

    Args:
        path: The file; it and its folder are made where they are missing.
        retention_s: Seconds after which messages are deleted; 0 keeps them.
        clock: Seconds since the epoch.
    """

    append_is_idempotent = True
    append_keeps_order = True

    def __init__(
        self, path: Path, *, retention_s: float = 0, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._retention_s = retention_s
        self._clock = clock
        self._next_expiry = 0.0
        self._local = threading.local()

    def append(self, messages: Sequence[Message]) -> list[Message | ChatError]:
        """Store all in one transaction, on the disk when this returns.

        One transaction follows the other, so here the ids of a room can be kept from going back,
        whichever process writes and whatever its clock says.
        """
        with self._database() as database, database:
            database.execute("BEGIN IMMEDIATE")
            self._expire(database)
            return [self._insert(database, message) for message in messages]

    def _insert(self, database: sqlite3.Connection, message: Message) -> Message:
        message = message._replace(
            id=following(self._newest_id(database, message.room), message.id)
        )
        inserted = database.execute(
            f"INSERT INTO messages ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) "  # noqa: S608
            "ON CONFLICT (user_id, client_id) DO NOTHING",
            message,
        )
        if inserted.rowcount:
            return message
        return self._first(database, message.user_id, message.client_id)

    def _newest_id(self, database: sqlite3.Connection, room: str) -> str:
        (newest,) = database.execute(
            "SELECT max(id) FROM messages WHERE room = ? AND id < ?",
            (room, id_at(self._clock() + FARTHEST_AHEAD)),
        ).fetchone()
        return newest or FIRST_ID

    def _first(self, database: sqlite3.Connection, user_id: str, client_id: str) -> Message:
        row = database.execute(
            f"SELECT {COLUMNS} FROM messages WHERE user_id = ? AND client_id = ?",  # noqa: S608
            (user_id, client_id),
        ).fetchone()
        return Message(*row)

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

    def count_after(self, room: str, id_: str, limit: int) -> int:
        """How many messages came after the one with that id."""
        with self._database() as database:
            (count,) = database.execute(
                "SELECT count(*) FROM (SELECT 1 FROM messages WHERE room = ? AND id > ? LIMIT ?)",
                (room, max(id_, self._oldest()), limit),
            ).fetchone()
            return int(count)

    def end_session(self, session: str, until: float) -> None:
        """Write it, and delete some of those whose cookies are refused anyway."""
        with self._database() as database, database:
            database.execute("BEGIN IMMEDIATE")
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
        """Make the file and its table; `check` does so too."""
        self.check()

    def check(self) -> None:
        """Open the file for writing; also where nobody talks, what is past its time goes."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._connection() as database:
                database.execute("BEGIN IMMEDIATE")
                self._expire(database)
        except (OSError, sqlite3.Error) as error:
            if _is_busy(error):
                raise Unavailable("the history is locked") from error
            raise SettingsError(
                f"CHAT_HISTORY: {self._path} can't be written to ({error}); "
                "name a file in a folder that this user may write to"
            ) from None

    def close(self) -> None:
        """Close this thread's connection; the others close with their threads."""
        if connection := getattr(self._local, "connection", None):
            connection.close()
            del self._local.connection

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
        try:
            yield self._connection()
        except sqlite3.Error as error:
            log.warning("%s: %s", self._path, error)
            raise Unavailable("the history can't be reached") from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection: a connection must not be used by two threads at once."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # a power cut must not lose a commit
            connection.execute("PRAGMA cache_size = -1000")  # KiB; each thread has one
            connection.executescript(SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _is_busy(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
