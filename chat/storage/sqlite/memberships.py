"""What the devices of a person share, in the SQLite file of the history."""

from collections.abc import Sequence

from chat.storage.memberships import Choices, Membership, Memberships, ReadMarker, Shared
from chat.storage.sqlite.database import Database


class SqliteMemberships(Memberships):
    """Rows of the tables `memberships` and `choices`.

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

    def choose(self, person: str, choice: str, value: str, change: str) -> None:
        """Insert or update a row."""
        with self._database.transaction() as database:
            database.execute(
                "INSERT INTO choices (person, choice, value, change) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (person, choice) DO UPDATE SET "
                "value = excluded.value, change = excluded.change "
                "WHERE change < excluded.change",
                (person, choice, value, change),
            )

    def of(self, person: str) -> Shared:
        """Rows of one person."""
        rows = self._database.rows
        memberships = rows("room, read_up_to, level", "memberships WHERE person = ?", (person,))
        chosen = dict(rows("choice, value", "choices WHERE person = ?", (person,)))
        return Shared(
            [Membership(*row) for row in memberships],
            Choices(*(chosen.get(choice, "") for choice in Choices._fields)),
        )
