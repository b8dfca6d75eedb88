"""The history in an SQLite file: the default, with nothing to install."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chat.errors import ChatError, Unavailable
from chat.messages.ids import FARTHEST_AHEAD, following, id_at
from chat.messages.message import Message
from chat.settings import SettingsError
from chat.storage.base import WRITE_PROVES, History, Page
from chat.storage.sqlite import backup as sqlite_backup
from chat.storage.sqlite.accounts import SqliteAccounts
from chat.storage.sqlite.check import require_ours
from chat.storage.sqlite.containers import SqliteContainers
from chat.storage.sqlite.database import Database
from chat.storage.sqlite.memberships import SqliteMemberships

COLUMNS = "id, room, user_id, user_name, text, client_id"

# Inserts nothing if the message is stored already, or if its room has this id or a later one: then
# the id is NULL, which the table refuses. Ids from ?7 on don't count: they are so far ahead that
# new ids need not sort after them. INSERT … SELECT … WHERE NOT EXISTS does the same and takes twice
# as long, because SQLite first copies the row into a temporary table.
INSERT = f"""
  INSERT OR IGNORE INTO messages ({COLUMNS}) VALUES (
    CASE WHEN NOT EXISTS (
      SELECT 1 FROM messages WHERE room = ?2 AND id >= ?1 AND id < ?7
    ) THEN ?1 END,
    ?2, ?3, ?4, ?5, ?6
  )
"""  # noqa: S608

# Errors that need an operator. All others are temporary: another process writes, the disk is full.
LASTING = {
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}

PROBE = 32_768  # bytes that a check writes, as many as a long message

EXPIRE_EVERY = 60.0  # seconds
EXPIRE_AT_MOST = 1000  # rows in one transaction, because other writers wait for its end


class SqliteHistory(History):
    """Messages in one table of one file, with a write-ahead log: reads and writes don't block.

    Args:
        path: The file; it and its folder are made where they are missing.
        retention_s: Seconds after which messages are deleted; 0 keeps them.
        clock: Seconds since the epoch.
        monotonic: Seconds.
    """

    append_is_idempotent = True
    append_keeps_order = True
    expires_by_itself = True

    def __init__(
        self,
        path: Path,
        *,
        retention_s: float = 0,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = Database(path, monotonic)
        self.accounts = SqliteAccounts(self._database, clock)
        self.memberships = SqliteMemberships(self._database)
        self.containers = SqliteContainers(self._database, clock)
        self._path = self._database.path
        self.name = str(self._path.resolve())
        self._retention_s = retention_s
        self._clock = clock
        self._next_expiry = 0.0

    def append(self, messages: Sequence[Message]) -> list[Message | ChatError]:
        """Store all in one transaction, which is on the disk when this returns.

        Transactions that write run one after the other, in all processes. So the ids of a room
        never go back, whatever the clocks of the processes say.
        """
        with self._database.transaction() as database:
            self._expire(database)
            farthest = id_at(self._clock() + FARTHEST_AHEAD)
            stored: list[Message | ChatError] = [
                self._insert(database, message, farthest) for message in messages
            ]
        self._database.wrote()
        return stored

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
        """Delete some expired messages; after the last ones, pause for EXPIRE_EVERY."""
        if self._retention_s and self._clock() >= self._next_expiry:
            deleted = database.execute(
                "DELETE FROM messages WHERE (room, id) IN "
                "(SELECT room, id FROM messages WHERE id < ? ORDER BY id LIMIT ?)",
                (self._oldest(), EXPIRE_AT_MOST),
            )
            if deleted.rowcount < EXPIRE_AT_MOST:
                self._next_expiry = self._clock() + EXPIRE_EVERY

    def find(self, room: str, user_id: str, client_id: str, since: str) -> Message | None:
        """Find a message in doubt; not used for resends, because `append` is idempotent."""
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
        with self._database.use() as database:
            (count,) = database.execute(
                "SELECT count(*) FROM (SELECT 1 FROM messages "
                "WHERE room = ? AND id > ? AND user_id != ? LIMIT ?)",
                (room, max(id_, self._oldest()), besides, limit),
            ).fetchone()
            return int(count)

    def count_between(self, room: str, after: str, until: str) -> int:
        """How many messages have ids after `after`, and not after `until`."""
        with self._database.use() as database:
            (count,) = database.execute(
                "SELECT count(*) FROM messages WHERE room = ? AND id > ? AND id <= ?",
                (room, max(after, self._oldest()), until),
            ).fetchone()
            return int(count)

    def create(self) -> None:
        """Create the file and its tables; `check` does so too."""
        self.check()

    def check(self) -> None:
        """Try to write; also delete expired messages, in case nobody sends for long."""
        try:
            self._database.open()
            self._write_something()
        except Unavailable as error:
            if error.__cause__ is None:
                raise
            raise self._refusal(error.__cause__) from None
        except (OSError, sqlite3.Error, SettingsError) as error:
            raise self._refusal(error) from None

    def _write_something(self) -> None:
        with self._database.use() as database:  # first, without waiting for a lock
            require_ours(database, self._path)
        with self._database.transaction() as database:
            self._expire(database)
            if is_due := self._database.since_last_write() >= WRITE_PROVES:
                # Only a commit finds out that the disk is full.
                database.execute("REPLACE INTO probe VALUES (1, zeroblob(?))", (PROBE,))
        if is_due:
            self._database.wrote()

    def _refusal(self, error: BaseException) -> Exception:
        """The error to raise from `check` for an error of the file."""
        if isinstance(error, SettingsError):
            return SettingsError(f"CHAT_HISTORY: {error}")
        if _code(error) == sqlite3.SQLITE_CORRUPT:
            return SettingsError(
                f"CHAT_HISTORY: {self._path} is damaged ({error}); "
                "restore a backup with `flask --app wsgi restore FILE`"
            )
        if _is_lasting(error):
            return SettingsError(
                f"CHAT_HISTORY: {self._path} can't be written to ({error}); "
                "name a file in a folder that this user may write to"
            )
        return Unavailable(f"the history can't be written to: {error}")

    def backup(self, file: Path) -> None:
        """Write everything to another file of SQLite."""
        sqlite_backup.backup(self._path, file)

    def restore(self, file: Path) -> Path | None:
        """Replace the file by a backup."""
        return sqlite_backup.restore(self._path, file)

    def _select(self, where: str, values: tuple[str, ...], rest: str) -> list[Message]:
        """Messages in the order of their ids."""
        which = f"(SELECT {COLUMNS} FROM messages WHERE {where} {rest})"  # noqa: S608
        return sorted(map(Message._make, self._database.rows(COLUMNS, which, values)))

    def _oldest(self) -> str:
        """Messages before this id have expired; they are not shown, even if not deleted yet."""
        return id_at(self._clock() - self._retention_s) if self._retention_s else ""

    def close(self) -> None:
        """Move the log into the file, so that a copy of the file alone is complete."""
        self._database.close()


def _is_lasting(error: BaseException) -> bool:
    """Whether an error needs an operator."""
    if isinstance(error, sqlite3.Error):
        return _code(error) in LASTING
    return isinstance(error, OSError)


def _code(error: BaseException) -> int:
    """The primary result code of an error of SQLite; an error of the driver has none."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
