"""The versions of the file's schema, and the migrations from each to the next.

`PRAGMA user_version` has the version of a file. Releases from before version numbers left it at 0.
They can still use a file of version 1, whose additional tables they don't touch.
"""

import sqlite3
from pathlib import Path

from chat.storage.sqlite.copy import dated, write_copy

# One migration for each version, from the version before. A released migration never changes.
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
        # A row that `check` writes to find out whether messages could be stored.
        "CREATE TABLE IF NOT EXISTS probe (number INTEGER PRIMARY KEY, filler BLOB NOT NULL)",
        """
        CREATE TABLE IF NOT EXISTS ended_sessions (
          session TEXT NOT NULL PRIMARY KEY,
          expires_at REAL NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX IF NOT EXISTS ended_sessions_by_expiry ON ended_sessions (expires_at)",
    ),
    (
        # Cookies now name a session. Those of before don't, so they are worthless, ended or not.
        "DROP TABLE ended_sessions",
        """
        CREATE TABLE people (
          id TEXT NOT NULL PRIMARY KEY,
          name TEXT NOT NULL,
          subject TEXT NOT NULL,
          is_administrator INTEGER NOT NULL,
          is_banned INTEGER NOT NULL,
          last_here REAL NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE TABLE names (key TEXT NOT NULL PRIMARY KEY, person TEXT NOT NULL) WITHOUT ROWID",
        # An ended session stays until its last day, so that a second beginning does nothing.
        """
        CREATE TABLE sessions (
          id TEXT NOT NULL PRIMARY KEY,
          person TEXT NOT NULL,
          device TEXT NOT NULL,
          since REAL NOT NULL,
          last_seen REAL NOT NULL,
          until REAL NOT NULL,
          provider_session TEXT NOT NULL,
          refresh_token TEXT NOT NULL,
          id_token TEXT NOT NULL,
          checked_at REAL NOT NULL,
          is_ticket INTEGER NOT NULL,
          has_ended INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX sessions_by_person ON sessions (person)",
        "CREATE INDEX sessions_by_last_day ON sessions (until)",
        """
        CREATE TABLE revocations (
          id TEXT NOT NULL PRIMARY KEY,
          person TEXT NOT NULL,
          session TEXT NOT NULL,
          until REAL NOT NULL
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE memberships (
          person TEXT NOT NULL,
          room TEXT NOT NULL,
          read_up_to TEXT NOT NULL DEFAULT '',
          level TEXT NOT NULL DEFAULT '',
          level_change TEXT NOT NULL DEFAULT '',
          PRIMARY KEY (person, room)
        ) WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE choices (
          person TEXT NOT NULL,
          choice TEXT NOT NULL,
          value TEXT NOT NULL,
          change TEXT NOT NULL,
          PRIMARY KEY (person, choice)
        ) WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE containers (
          process TEXT NOT NULL PRIMARY KEY,
          renewals INTEGER NOT NULL,
          newest TEXT NOT NULL, -- an object of JSON: ids of messages by room
          until REAL NOT NULL
        ) WITHOUT ROWID
        """,
    ),
]


def newest_version() -> int:
    """The version that this release reads and writes."""
    return len(MIGRATIONS)


def version_of(database: sqlite3.Connection) -> int:
    """The version of a file; 0 for an empty file, and for one from before version numbers."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(database: sqlite3.Connection, path: Path) -> None:
    """Migrate the file to the newest version, in one transaction.

    A copy of the old file stays beside it, except from version 0 to 1, which only adds tables.
    If several processes start together, one of them migrates and the others wait.
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
