"""Checks a file before it is opened for writing, so that damage isn't made worse."""

import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from chat.messages.message import Message
from chat.settings import SettingsError
from chat.storage.sqlite.file import READ, READ_ALONE, connect, has_log, id_of, log_of
from chat.storage.sqlite.migrations import newest_version, version_of

log = logging.getLogger(__name__)

COLUMNS = set(Message._fields)

# Seconds for which a file that was not closed is examined at the start: enough for 200 MB.
EXAMINE_FOR = 5.0
STEPS = 100_000  # instructions of SQLite's virtual machine between two looks at the clock


def inspect(path: Path, timeout: float) -> None:
    """Find out whether a file is a history of the chat, in a known version, and not damaged.

    Raises:
        chat.settings.SettingsError: It is not; says what to do.
        sqlite3.Error: It can't be read.
    """
    if not path.stat().st_size:
        return
    log_was_there, was_closed = log_of(path).exists(), _is_empty(log_of(path))
    with closing(connect(path, READ, timeout, sqlite3.Connection)) as database:
        require_ours(database, path)
        expects_log = has_log(database)
        if not was_closed:
            log.warning("%s was not closed, or is in use by another process", path)
            _require_whole(database, path)
    # Our connection has made an empty log, unless another process was just starting.
    if expects_log and not log_was_there and _is_empty(log_of(path)):
        log.warning(
            "%s was copied without %s while it was in use, or closed by another program: "
            "if it was copied, the latest messages are missing",
            path,
            log_of(path).name,
        )


def _is_empty(file: Path) -> bool:
    try:
        return not file.stat().st_size
    except FileNotFoundError:
        return True


def require_ours(database: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is no database, or a database of another program or a later release."""
    try:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        columns = {row[1] for row in database.execute("PRAGMA table_info(messages)")}
        version = version_of(database)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise SettingsError(f"{path}: {error}; name another file") from None
        raise
    if tables and not columns >= COLUMNS:
        raise SettingsError(f"{path} is a database of something else; name another file")
    if version > newest_version():
        raise SettingsError(
            f"{path} was brought up to date by a newer version of the chat "
            f"(form {version}, this one knows {newest_version()}): run that one, "
            "or `flask --app wsgi restore FILE` with a copy from before"
        )


def _require_whole(database: sqlite3.Connection, path: Path) -> None:
    """Refuse a damaged file, or one with the log of another file, which would damage it.

    Such a log stays behind when somebody puts a backup in the place of the file by hand.
    """
    deadline = time.monotonic() + EXAMINE_FOR
    database.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    try:
        what = _other_id(database, path) or damage(database)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        log.warning("%s is large: it was not examined to its end", path)
        return
    if what:
        raise SettingsError(
            f"{path} is damaged, or {log_of(path).name} is of another file ({what}): if a backup "
            f"was put there, remove {log_of(path).name}; "
            "otherwise restore one with `flask --app wsgi restore FILE`"
        )


def _other_id(database: sqlite3.Connection, path: Path) -> str:
    with closing(connect(path, READ_ALONE, 0, sqlite3.Connection)) as alone:
        # When a checkpoint has only begun, or its process was killed, the first page states more
        # pages than the file has. SQLite calls this damage unless the schema may be written.
        alone.execute("PRAGMA writable_schema = ON")
        return "" if id_of(alone) == id_of(database) else "they have different numbers"


def damage(database: sqlite3.Connection) -> str:
    """SQLite's description of the damage in a file, in one line; empty if there is none."""
    try:
        (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise
        return str(error)
    return "" if found == "ok" else " ".join(found.split())
