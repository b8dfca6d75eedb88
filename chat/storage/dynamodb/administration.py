"""The table itself: creates it, and finds out whether a message would be stored."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chat.errors import Unavailable
from chat.settings import SettingsError
from chat.storage.base import WRITE_PROVES
from chat.storage.dynamodb.connection import Connection
from chat.storage.dynamodb.errors import code_of, is_passing
from chat.storage.dynamodb.items import KEYS, PROBE, TTL_ATTRIBUTE

log = logging.getLogger(__name__)


class Administration:
    """Creates and checks the table; its errors tell an operator what to do.

    Args:
        connection: To DynamoDB.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = connection.client
        self._table = connection.table
        self._written_at = float("-inf")  # monotonic: when a write worked last

    def wrote(self) -> None:
        """Note that a write worked."""
        self._written_at = time.monotonic()

    def failed(self) -> None:
        """Note that a write failed, so that the next check tries one."""
        self._written_at = float("-inf")

    def create(self) -> None:
        """Create the table, wait until it is active, and enable its TTL."""
        try:
            self._create_table()
            waiter = self._client.get_waiter("table_exists")
            waiter.wait(TableName=self._table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
            self._set_time_to_live()
        except Unavailable as error:
            raise SettingsError(self._connection.advice(error.__cause__)) from None
        except (ClientError, BotoCoreError) as error:
            raise SettingsError(self._connection.advice(error)) from None

    def _create_table(self) -> None:
        try:
            self._client.create_table(
                TableName=self._table,
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": "S"} for name, _ in KEYS
                ],
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],  # type: ignore[typeddict-item]
                BillingMode="PAY_PER_REQUEST",
            )
        except self._client.exceptions.ResourceInUseException:
            self.check()

    def _set_time_to_live(self) -> None:
        try:
            setting = self._client.describe_time_to_live(TableName=self._table)
            status = setting["TimeToLiveDescription"].get("TimeToLiveStatus")
            if status not in {"ENABLED", "ENABLING"}:
                self._client.update_time_to_live(
                    TableName=self._table,
                    TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL_ATTRIBUTE},
                )
        except ClientError as error:
            if code_of(error) != "UnknownOperationException":
                raise
            log.warning("This DynamoDB deletes nothing by itself: expired items stay in the table")

    def check(self) -> None:
        """Describe the table and compare its keys; try to write, if no write worked lately."""
        try:
            with self._connection.errors():
                table = self._client.describe_table(TableName=self._table)["Table"]
            self._require_keys(table["KeySchema"])
            if time.monotonic() - self._written_at >= WRITE_PROVES:
                self._try_to_write()
        except Unavailable as error:
            self.failed()
            cause = error.__cause__
            if cause is None or (is_passing(cause) and not self._connection.is_nowhere(cause)):
                raise
            raise SettingsError(self._connection.advice(cause)) from None

    def _require_keys(self, schema: Sequence[Any]) -> None:
        keys = [(key["AttributeName"], key["KeyType"]) for key in schema]
        if sorted(keys) != sorted(KEYS):
            raise SettingsError(
                f"CHAT_HISTORY: the table {self._table} has other keys; name one with the "
                "partition key RoomID and the sort key Timestamp, or let "
                "`flask --app wsgi create-table` make one"
            )

    def _try_to_write(self) -> None:
        """Try a write that its condition refuses: DynamoDB checks permission and capacity first."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._connection.put(PROBE, ConditionExpression="attribute_exists(RoomID)")
        self.wrote()
