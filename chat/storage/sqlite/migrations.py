"""The forms that the file has had, and how an older one becomes the present one.

`PRAGMA user_version` says which form a file has. Before there was a second one none said so, and
what the first one has, an older release may leave alone.
"""

import sqlite3
from pathlib import Path

from chat.storage.sqlite.copy import dated, write_copy

# One for each form, on top of the one before. What was released never changes.
MIGRATIONS: list[tuple[str, ...]] = [
    (
        """
        CREATE TABLE IF NOT EXISTS messages (
          room TEXT NOT NULL,
          id TEXT NOT NULL,
          user_id TEXT NOT NULL,
          user_name TEXT NOT NULL,
          text TEXT NOT NULL,
          client_id TEXT NOT NULL,
          PRIMARY KEY (room, id)
        ) WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX IF NOT EXISTS messages_by_client_id ON messages (user_id, client_id)",
        "CREATE INDEX IF NOT EXISTS messages_by_id ON messages (id)",
        # What is written to find out whether messages could be.
        "CREATE TABLE IF NOT EXISTS probe (number INTEGER PRIMARY KEY, filler BLOB NOT NULL)",
        """
        CREATE TABLE IF NOT EXISTS ended_sessions (
          session TEXT NOT NULL PRIMARY KEY,
          expires_at REAL NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX IF NOT EXISTS ended_sessions_by_expiry ON ended_sessions (expires_at)",
    ),
]


def newest_version() -> int:
    """The form that this release reads and writes."""
    return len(MIGRATIONS)


def version_of(database: sqlite3.Connection) -> int:
    """The form of a file; 0 for an empty one, and for the first one."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(database: sqlite3.Connection, path: Path) -> None:
    """Bring the file up to date, in one transaction; what it was stays beside it as a copy.

    Of processes that start together, one does so and the others wait.
    """
    if version_of(database) >= newest_version():
        return
    with database:
        database.execute("BEGIN IMMEDIATE")
        version = version_of(database)
        if version >= newest_version():
            return  # another process was first
        if version or (newest_version() > 1 and _has_messages(database)):
            write_copy(path, dated(path, f"version-{version}"))
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {newest_version():d}")


def _has_messages(database: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'messages'"
    return database.execute(query).fetchone() is not None
