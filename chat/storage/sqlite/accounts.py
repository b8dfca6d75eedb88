"""People and their sessions in the SQLite file of the history."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from chat.storage.accounts import (
    TOLD_FOR,
    Accounts,
    Key,
    Profile,
    Revocation,
    Session,
    latest_by_person,
)
from chat.storage.sqlite.database import Database

PROFILE = ", ".join(f"people.{field}" for field in Profile._fields)
SESSION = ", ".join(f"sessions.{field}" for field in Session._fields)

GIVEN = "(SELECT value FROM json_each(?))"  # one statement, prepared once, for any number of values
SAME_TIME = "printf('%!.15g', checked_at) = printf('%!.15g', ?)"  # as exact as `rows`

# What is over is of no use to anybody.
TIDY = (
    "DELETE FROM sessions WHERE until < ?",
    "DELETE FROM revocations WHERE until < ?",
)


class SqliteAccounts(Accounts):
    """Rows of the tables `people`, `names`, `sessions` and `revocations`.

    Args:
        database: The file.
        clock: Seconds since the epoch.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def claim_name(self, keys: Sequence[str], person: str) -> str:
        """Insert the keys in one transaction, unless somebody else has one of them."""
        with self._database.transaction() as database:
            marks = _marks(keys)
            other = database.execute(
                f"SELECT person FROM names WHERE key IN ({marks}) AND person <> ?",  # noqa: S608
                (*keys, person),
            ).fetchone()
            if other:
                return str(other[0])
            database.executemany(
                "INSERT OR IGNORE INTO names (key, person) VALUES (?, ?)",
                [(key, person) for key in keys],
            )
        return ""

    def give_back_name(self, keys: Sequence[str], person: str) -> None:
        """Delete the keys."""
        self._write(
            f"DELETE FROM names WHERE key IN ({_marks(keys)}) AND person = ?",  # noqa: S608
            *keys,
            person,
        )

    def put_profile(self, profile: Profile) -> None:
        """Insert or update a row."""
        self._write(
            f"""
            INSERT INTO people ({", ".join(Profile._fields)}) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET
              name = excluded.name, subject = excluded.subject,
              is_administrator = excluded.is_administrator,
              last_here = max(last_here, excluded.last_here)
            """,  # noqa: S608
            *profile._replace(is_banned=False),
        )

    def ban(self, person: str, is_banned: bool) -> None:
        """Update the row."""
        self._write("UPDATE people SET is_banned = ? WHERE id = ?", is_banned, person)

    def profiles(self, people: Sequence[str]) -> dict[str, Profile]:
        """Rows by their ids."""
        rows = self._database.rows(PROFILE, f"people WHERE id IN {GIVEN}", (_json(people),))
        return {row[0]: _profile(row) for row in rows}

    def begin_session(self, session: Session) -> None:
        """Insert a row; delete those of sessions that are over."""
        with self._database.transaction() as database:
            for statement in TIDY:
                database.execute(statement, (self._clock(),))
            database.execute(
                f"INSERT OR IGNORE INTO sessions VALUES ({_marks(session)}, 0)",  # noqa: S608
                session,
            )

    def look_up(self, keys: Sequence[Key]) -> dict[Key, tuple[Profile, Session]]:
        """Rows of sessions, joined with those of their people."""
        rows = self._database.rows(
            f"{PROFILE}, {SESSION}",
            "sessions JOIN people ON people.id = sessions.person "
            f"WHERE sessions.id IN {GIVEN} AND NOT has_ended AND until >= ?",
            (_json([session for _, session in keys]), self._clock()),
        )
        width = len(Profile._fields)
        found = [(_profile(row[:width]), _session(row[width:])) for row in rows]
        by_key = {session.key: (profile, session) for profile, session in found}
        return {key: by_key[key] for key in keys if key in by_key}

    def sessions(self, person: str) -> list[Session]:
        """Rows of one person."""
        which = "sessions WHERE person = ? AND NOT has_ended AND until >= ?"
        rows = self._database.rows(SESSION, which, (person, self._clock()))
        return sorted(map(_session, rows), key=lambda each: (each.since, each.id))

    def seen(self, times: Mapping[Key, float]) -> None:
        """Update rows of sessions and of people in one transaction."""
        with self._database.transaction() as database:
            database.executemany(
                "UPDATE sessions SET last_seen = max(last_seen, ?) "
                "WHERE id = ? AND person = ? AND NOT has_ended",
                [(at, session, person) for (person, session), at in times.items()],
            )
            database.executemany(
                "UPDATE people SET last_here = max(last_here, ?) WHERE id = ?",
                [(at, person) for person, at in latest_by_person(times).items()],
            )

    def begin_check(self, key: Key, before: float, at: float) -> bool:
        """Update the row, if the time in it is still the same."""
        person, session = key
        with self._database.transaction() as database:
            updated = database.execute(
                "UPDATE sessions SET checked_at = ? "  # noqa: S608
                f"WHERE id = ? AND person = ? AND {SAME_TIME} AND NOT has_ended",
                (at, session, person, before),
            )
            return updated.rowcount == 1

    def set_refresh_token(self, key: Key, token: str) -> None:
        """Update the row."""
        person, session = key
        self._write(
            "UPDATE sessions SET refresh_token = ? WHERE id = ? AND person = ? AND NOT has_ended",
            token,
            session,
            person,
        )

    def end_session(self, key: Key, until: float) -> None:
        """Replace the row by one that has ended, and has nothing of the provider."""
        person, session = key
        ended = Session(session, person, "", 0.0, 0.0, until)
        self._write(
            f"INSERT INTO sessions VALUES ({_marks(ended)}, 1) ON CONFLICT (id) DO UPDATE SET "  # noqa: S608
            "has_ended = 1, refresh_token = '', provider_session = '', id_token = '' "
            "WHERE person = excluded.person",
            *ended,
        )

    def revoke(self, revocation: Revocation) -> None:
        """Insert a row."""
        until = self._clock() + TOLD_FOR
        self._write("INSERT OR IGNORE INTO revocations VALUES (?, ?, ?, ?)", *revocation, until)

    def revoked_since(self, start: str) -> list[Revocation]:
        """Rows in the order of their ids."""
        rows = self._database.rows("id, person, session", "revocations WHERE id > ?", (start,))
        return sorted(Revocation(*row) for row in rows)

    def _write(self, statement: str, *values: Any) -> None:
        with self._database.transaction() as database:
            database.execute(statement, values)


def _json(values: Sequence[str]) -> str:
    return orjson.dumps(values).decode()


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _profile(row: Sequence[Any]) -> Profile:
    id_, name, subject, is_administrator, is_banned, last_here = row
    return Profile(id_, name, subject, bool(is_administrator), bool(is_banned), last_here)


def _session(row: Sequence[Any]) -> Session:
    session = Session(*row)
    return session._replace(is_ticket=bool(session.is_ticket))
