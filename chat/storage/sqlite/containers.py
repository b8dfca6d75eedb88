"""The records of processes, in the SQLite file of the history."""

import time
from collections.abc import Callable, Mapping

import orjson

from chat.storage.containers import KEPT_FOR, ContainerRecord, Containers
from chat.storage.sqlite.database import Database


class SqliteContainers(Containers):
    """Rows of the table `containers`.

    Args:
        database: The file.
        clock: Seconds since the epoch.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def renew(self, process: str, renewals: int, newest: Mapping[str, str]) -> None:
        """Insert or update a row; delete those that have expired."""
        now = self._clock()
        with self._database.transaction() as database:
            database.execute("DELETE FROM containers WHERE until < ?", (now,))
            database.execute(
                "INSERT INTO containers VALUES (?, ?, ?, ?) ON CONFLICT (process) DO UPDATE SET "
                "renewals = excluded.renewals, newest = excluded.newest, until = excluded.until "
                "WHERE renewals < excluded.renewals",
                (process, renewals, orjson.dumps(newest).decode(), now + KEPT_FOR),
            )

    def all(self) -> list[ContainerRecord]:
        """Rows that have not expired."""
        which = "containers WHERE until >= ?"
        rows = self._database.rows("process, renewals, newest", which, (self._clock(),))
        return [ContainerRecord(id_, number, orjson.loads(newest)) for id_, number, newest in rows]

    def remove(self, process: str) -> None:
        """Delete a row."""
        with self._database.transaction() as database:
            database.execute("DELETE FROM containers WHERE process = ?", (process,))
