"""The history in a DynamoDB table: partition key `RoomID`, sort key `Timestamp`.

This module is loaded only where it is used: boto3 is large.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from chat.errors import ChatError, Unavailable
from chat.history.base import History, Page
from chat.messages import Message, id_at
from chat.settings import SettingsError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

log = logging.getLogger(__name__)

KEYS = [("RoomID", "HASH"), ("Timestamp", "RANGE")]
TTL_ATTRIBUTE = "ExpiresAt"

# The defaults of botocore are a minute, ten connections and four retries; an answer is due after
# five seconds. One call ends after 2 * (1 + 2) seconds and a pause at the latest.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
)

# Seconds within which items that DynamoDB left unprocessed are tried again, and the longest
# pause before the first time; it doubles from time to time.
RETRY_FOR = 4.0
FIRST_PAUSE = 0.05

# Codes of errors that pass by themselves. All others need an operator.
PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}


class DynamoDBHistory(History):
    """Messages as items of one table; see the module for its keys.

    Args:
        table: Its name.
        region: Such as `us-east-1`; None for what the environment of the AWS SDK says.
        endpoint_url: Of a local DynamoDB; None for the one of AWS.
        retention_s: Seconds after which messages expire; 0 keeps them.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        table: str,
        region: str | None = None,
        endpoint_url: str | None = None,
        *,
        retention_s: float = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._table = table
        self._retention_s = retention_s
        self._clock = clock
        try:
            self._client: DynamoDBClient = boto3.client(
                "dynamodb", region_name=region, endpoint_url=endpoint_url, config=CONFIG
            )
        except (NoRegionError, ValueError) as error:
            raise SettingsError(f"CHAT_HISTORY: {str(error).rstrip('.')}") from None

    def append(self, messages: Sequence[Message]) -> list[Message | ChatError]:
        """Store all in one BatchWriteItem, and what it leaves over in further ones.

        The call can't be conditional, and needn't be: no two messages have the same key, and
        the same message written twice is one item.
        """
        waiting = {(message.room, message.id): message for message in messages}
        deadline = time.monotonic() + RETRY_FOR
        pause = FIRST_PAUSE
        failure: ChatError = Unavailable("the history is too busy", retry_after=1)
        while waiting:
            try:
                waiting = self._write(waiting)
            except Unavailable as error:
                failure = error
                break
            if waiting and time.monotonic() + pause > deadline:
                break
            if waiting:
                time.sleep(random.uniform(0, pause))  # noqa: S311
                pause *= 2
        return [
            failure if (message.room, message.id) in waiting else message for message in messages
        ]

    def _write(self, waiting: dict[tuple[str, str], Message]) -> dict[tuple[str, str], Message]:
        """Write once; returns what DynamoDB left unprocessed."""
        requests: list[WriteRequestTypeDef] = [
            {"PutRequest": {"Item": self._item(message)}} for message in waiting.values()
        ]
        with self._errors():
            answer = self._client.batch_write_item(RequestItems={self._table: requests})
        left: list[Any] = answer.get("UnprocessedItems", {}).get(self._table, [])
        items = [request["PutRequest"]["Item"] for request in left]
        keys = [(item["RoomID"]["S"], item["Timestamp"]["S"]) for item in items]
        return {key: waiting[key] for key in keys}

    def _item(self, message: Message) -> dict[str, Any]:
        item = {
            "RoomID": {"S": message.room},
            "Timestamp": {"S": message.id},
            "ClientID": {"S": message.client_id},
            "UserID": {"S": message.user_id},
            "UserName": {"S": message.user_name},
            "Text": {"S": message.text},
        }
        if self._retention_s:
            item[TTL_ATTRIBUTE] = {"N": str(int(self._clock() + self._retention_s))}
        return item

    def find(self, room: str, user_id: str, client_id: str, since: str) -> Message | None:
        """Read on from `since` until the message is found; as long as there are messages."""
        pages = self._query(
            room,
            "#id > :start",
            {":start": since, ":user": user_id, ":client": client_id},
            FilterExpression="UserID = :user AND ClientID = :client",
        )
        return next((_message(item) for page in pages for item in page["Items"]), None)

    def newest(self, room: str, limit: int) -> Page:
        """The last messages of a room."""
        return self.before(room, "~", limit)  # sorts after every id

    def before(self, room: str, id_: str, limit: int) -> Page:
        """The last messages before the one with that id."""
        found = self._take(room, "#id < :id", id_, limit, ScanIndexForward=False)
        oldest = self._oldest()
        kept = [message for message in found if message.id > oldest]
        return Page(kept[:limit][::-1], more=len(kept) > limit)

    def since(self, room: str, start: str, limit: int) -> Page:
        """The first messages whose ids sort after `start`."""
        found = self._take(room, "#id > :id", max(start, self._oldest()), limit)
        return Page(found[:limit], more=len(found) > limit)

    def count_after(self, room: str, id_: str, limit: int) -> int:
        """How many messages came after the one with that id; counts no further than `limit`."""
        start = {":id": max(id_, self._oldest())}
        count = 0
        for page in self._query(room, "#id > :id", start, Select="COUNT", Limit=limit):
            count += page["Count"]
            if count >= limit:
                return limit
        return count

    def _take(
        self, room: str, condition: str, id_: str, limit: int, **options: Any
    ) -> list[Message]:
        """The first `limit + 1` messages: the one more tells whether there are more."""
        found: list[Message] = []
        for page in self._query(room, condition, {":id": id_}, Limit=limit + 1, **options):
            found += map(_message, page["Items"])
            if len(found) > limit:
                break
        return found

    def _query(
        self, room: str, condition: str, values: dict[str, str], **options: Any
    ) -> Iterator[Any]:
        """Pages of up to 1 MB each, as DynamoDB cuts them before it filters."""
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": f"RoomID = :room AND {condition}",
            "ExpressionAttributeNames": {"#id": "Timestamp"},  # a reserved word
            "ExpressionAttributeValues": {
                name: {"S": value} for name, value in {":room": room, **values}.items()
            },
            "ConsistentRead": True,
            **options,
        }
        while True:
            with self._errors():
                page = self._client.query(**query)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _oldest(self) -> str:
        """What has expired sorts before this; DynamoDB deletes it within days."""
        return id_at(self._clock() - self._retention_s) if self._retention_s else ""

    def create(self) -> None:
        """Make the table and wait until it is active; set what deletes expired items."""
        try:
            self._create_table()
            self._client.get_waiter("table_exists").wait(TableName=self._table)
            if self._retention_s:
                self._set_time_to_live()
        except (ClientError, BotoCoreError) as error:
            raise SettingsError(self._advice(error)) from None

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
        setting = self._client.describe_time_to_live(TableName=self._table)
        status = setting["TimeToLiveDescription"].get("TimeToLiveStatus")
        if status not in {"ENABLED", "ENABLING"}:
            self._client.update_time_to_live(
                TableName=self._table,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL_ATTRIBUTE},
            )

    def check(self) -> None:
        """Describe the table and compare its keys."""
        try:
            with self._errors():
                table = self._client.describe_table(TableName=self._table)["Table"]
        except Unavailable as error:
            if _is_passing(error.__cause__):
                raise
            raise SettingsError(self._advice(error.__cause__)) from None
        keys = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]
        if sorted(keys) != sorted(KEYS):
            raise SettingsError(
                f"CHAT_HISTORY: the table {self._table} has other keys; name one with the "
                "partition key RoomID and the sort key Timestamp, or let "
                "`flask --app wsgi create-table` make one"
            )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            if _is_passing(error):
                log.warning("DynamoDB did not answer: %s", error)
            else:
                log.error("DynamoDB refused: %s", self._advice(error))  # noqa: TRY400
            raise Unavailable("the history can't be reached", retry_after=1) from error

    def _advice(self, error: BaseException | None) -> str:
        """One line that tells an operator what to do."""
        code = _code(error)
        if code == "ResourceNotFoundException":
            return (
                f"CHAT_HISTORY: there is no table {self._table}; "
                "`flask --app wsgi create-table` makes it"
            )
        if isinstance(error, NoCredentialsError):
            return (
                "CHAT_HISTORY: there are no AWS credentials; give the task a role, "
                "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        if code == "AccessDeniedException":
            return f"CHAT_HISTORY: no permission on the table {self._table}: {error}"
        return f"CHAT_HISTORY: {error}"


def _message(item: dict[str, Any]) -> Message:
    """The message of an item; of what other applications wrote there, as much as is known."""
    attributes = ("Timestamp", "RoomID", "UserID", "UserName", "Text", "ClientID")
    return Message(*(item.get(name, {}).get("S", "") for name in attributes))


def _is_passing(error: BaseException | None) -> bool:
    if not isinstance(error, ClientError):
        return not isinstance(error, NoCredentialsError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _code(error) in PASSING or status >= 500


def _code(error: BaseException | None) -> str:
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
