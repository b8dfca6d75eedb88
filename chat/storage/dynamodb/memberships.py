"""What the devices of a person share, as items of the table; `items.py` has their keys."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from chat.storage.dynamodb.connection import Connection
from chat.storage.dynamodb.items import choices_key, membership_key, shared_range
from chat.storage.memberships import Choices, Membership, Memberships, ReadMarker, Shared

CHOICES = Choices(theme="Theme", skin_tone="SkinTone")  # the attributes


class DynamoDBMemberships(Memberships):
    """Items `room#<room>` and `profile#choices` of the partitions `person:<id>`.

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

    def choose(self, person: str, choice: str, value: str, change: str) -> None:
        """Update an item."""
        attribute = getattr(CHOICES, choice)
        self._update(
            choices_key(person),
            f"SET {attribute} = :value, {attribute}Change = :change",
            f"attribute_not_exists({attribute}Change) OR {attribute}Change < :change",
            {":value": value, ":change": change},
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

    def of(self, person: str) -> Shared:
        """A query for the items of one person."""
        key = choices_key(person)
        memberships, choices = [], Choices()
        for item in self._connection.query(key["RoomID"]["S"], *shared_range()):
            if item["Timestamp"] == key["Timestamp"]:
                choices = Choices(*_texts(item, *CHOICES))
            else:
                room = item["Timestamp"]["S"].partition("#")[2]
                memberships.append(Membership(room, *_texts(item, "ReadUpTo", "Level")))
        return Shared(memberships, choices)


def _texts(item: dict[str, Any], *attributes: str) -> list[str]:
    return [item.get(name, {}).get("S", "") for name in attributes]
