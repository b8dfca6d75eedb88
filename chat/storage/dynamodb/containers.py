"""The records of processes, as items of the table; `items.py` has their keys."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from chat.storage.containers import KEPT_FOR, ContainerRecord, Containers
from chat.storage.dynamodb.connection import Connection
from chat.storage.dynamodb.items import TTL_ATTRIBUTE, container_key, expiry


class DynamoDBContainers(Containers):
    """Items of the partition `containers:`.

    A write may be carried out late, after later ones. So a renewal has the condition that no later
    one is stored.

    Args:
        connection: To DynamoDB.
        clock: Seconds since the epoch, by the same clock in all processes.
    """

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._client = connection.client
        self._clock = clock

    def renew(self, process: str, renewals: int, newest: Mapping[str, str]) -> None:
        """Put an item."""
        record = {
            "Renewals": {"N": str(renewals)},
            "Newest": {"M": {room: {"S": id_} for room, id_ in newest.items()}},
        }
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._connection.put(
                container_key(process) | record | expiry(self._clock() + KEPT_FOR),
                ConditionExpression="attribute_not_exists(Renewals) OR Renewals < :number",
                ExpressionAttributeValues={":number": {"N": str(renewals)}},
            )

    def all(self) -> list[ContainerRecord]:
        """A query for the items; DynamoDB deletes those that have expired days later."""
        partition = container_key("")["RoomID"]["S"]
        items = list(self._connection.query(partition, "0", "~"))
        now = self._clock()  # DynamoDB's, once it has answered
        return [
            ContainerRecord(
                item["Timestamp"]["S"],
                int(item["Renewals"]["N"]),
                {room: id_["S"] for room, id_ in item["Newest"]["M"].items()},
            )
            for item in items
            if float(item[TTL_ATTRIBUTE]["N"]) >= now
        ]

    def remove(self, process: str) -> None:
        """Delete an item."""
        self._connection.retrying(
            self._client.delete_item,
            TableName=self._connection.table,
            Key=container_key(process),
        )
