"""What each person has to do with each room, in the SQLite file of the history."""

from collections.abc import Sequence

from chat.storage.memberships import Membership, Memberships, ReadMarker
from chat.storage.sqlite.database import Database


class SqliteMemberships(Memberships):
    """Rows of the table `memberships`.

    Args:
        database: The file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def advance(self, markers: Sequence[ReadMarker]) -> None:
        """Insert or update rows in one transaction."""
        with self._database.transaction() as database:
            database.executemany(
                "INSERT INTO memberships (person, room, read_up_to) VALUES (?, ?, ?) "
                "ON CONFLICT (person, room) DO UPDATE SET read_up_to = excluded.read_up_to "
                "WHERE read_up_to < excluded.read_up_to",
                markers,
            )

    def set_level(self, person: str, room: str, level: str, change: str) -> None:
        """Insert or update a row."""
        with self._database.transaction() as database:
            database.execute(
                "INSERT INTO memberships (person, room, level, level_change) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (person, room) DO UPDATE SET "
                "level = excluded.level, level_change = excluded.level_change "
                "WHERE level_change < excluded.level_change",
                (person, room, level, change),
            )

    def of(self, person: str) -> list[Membership]:
        """Rows of one person."""
        with self._database.use() as database:
            rows = database.execute(
                "SELECT room, read_up_to, level FROM memberships WHERE person = ?", (person,)
            ).fetchall()
        return [Membership(*row) for row in rows]
