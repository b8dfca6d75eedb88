"""The forms that the file has had, and how an older one becomes the present one.

`PRAGMA user_version` says which form a file has. The first one didn't set it.
"""

import sqlite3
from pathlib import Path

from chat.history.sqlite_copy import dated, write_copy

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
        if not version and _has_messages(database):
            version = 1
        if 0 < version < newest_version():
            write_copy(path, dated(path, f"version-{version}"))
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                database.execute(statement)
        mark_version(database)


def _has_messages(database: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'messages'"
    return database.execute(query).fetchone() is not None


def mark_version(database: sqlite3.Connection) -> None:
    """Note the present form; also where it is noted already, this writes a page."""
    database.execute(f"PRAGMA user_version = {newest_version():d}")
