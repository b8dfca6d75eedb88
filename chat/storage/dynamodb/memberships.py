"""What each person has to do with each room, as items of the table; `items.py` has their keys."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from chat.storage.dynamodb.connection import Connection
from chat.storage.dynamodb.items import membership_key, membership_range
from chat.storage.memberships import Membership, Memberships, ReadMarker


class DynamoDBMemberships(Memberships):
    """Items `room#<room>` of the partitions `person:<id>`.

    A write may be carried out late, long after it was given up. So each has the condition that
    nothing newer is stored.

    Args:
        connection: To DynamoDB.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = connection.client

    def advance(self, markers: Sequence[ReadMarker]) -> None:
        """Update one item after the other: a call for several can't have conditions."""
        for marker in markers:
            self._update(
                membership_key(marker.person, marker.room),
                "SET ReadUpTo = :id",
                "attribute_not_exists(ReadUpTo) OR ReadUpTo < :id",
                {":id": marker.id},
            )

    def set_level(self, person: str, room: str, level: str, change: str) -> None:
        """Update an item."""
        self._update(
            membership_key(person, room),
            "SET #level = :level, LevelChange = :change",
            "attribute_not_exists(LevelChange) OR LevelChange < :change",
            {":level": level, ":change": change},
            {"#level": "Level"},  # a reserved word
        )

    def _update(
        self,
        key: dict[str, Any],
        expression: str,
        condition: str,
        values: dict[str, str],
        names: dict[str, str] | None = None,
    ) -> None:
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._connection.update(
                key,
                expression,
                {name: {"S": value} for name, value in values.items()},
                names,
                condition,
            )

    def of(self, person: str) -> list[Membership]:
        """A query for the items of one person."""
        partition = membership_key(person, "")["RoomID"]["S"]
        return [
            Membership(
                item["Timestamp"]["S"].partition("#")[2],
                item.get("ReadUpTo", {}).get("S", ""),
                item.get("Level", {}).get("S", ""),
            )
            for item in self._connection.query(partition, *membership_range())
        ]
