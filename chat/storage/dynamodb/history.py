"""The history in a DynamoDB table: partition key `RoomID`, sort key `Timestamp`.

This module is loaded only where it is used: boto3 is large.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from chat.errors import ChatError, Invalid, Unavailable
from chat.messages.ids import id_at, is_message_id
from chat.messages.message import Draft, Message
from chat.storage.base import BATCH, History, InDoubt, Page
from chat.storage.dynamodb.accounts import DynamoDBAccounts
from chat.storage.dynamodb.administration import Administration
from chat.storage.dynamodb.claims import Claims
from chat.storage.dynamodb.connection import Connection
from chat.storage.dynamodb.containers import DynamoDBContainers
from chat.storage.dynamodb.errors import has_stored_nothing
from chat.storage.dynamodb.items import (
    KEYS,
    TTL_ATTRIBUTE,
    expiry,
    messages_in,
    to_item,
)
from chat.storage.dynamodb.memberships import DynamoDBMemberships

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

# Pages of 1 MB that are searched for an earlier attempt of a resend. Each takes a twelfth of the
# read capacity that DynamoDB gives a room in a second.
SEARCHED_PAGES = 20

COUNTS_AMONG = 1000  # messages that a count reads at most, with the person's own ones

# Seconds that DynamoDB may take to delete expired items. Its documentation says "a few days".
TTL_TAKES = 7 * 86_400


class DynamoDBHistory(History):
    """Messages as items of one table; see the module for its keys.

    Args:
        table: Its name.
        region: Such as `us-east-1`; None for what the environment of the AWS SDK says.
        endpoint_url: Of a local DynamoDB; None for the one of AWS.
        retention_s: Seconds after which messages expire; 0 keeps them.
        clock: Seconds since the epoch.
    """

    blocks = False

    def __init__(
        self,
        table: str,
        region: str | None = None,
        endpoint_url: str | None = None,
        *,
        retention_s: float = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connection = Connection(table, region, endpoint_url)
        self._administration = Administration(self._connection)
        self.accounts = DynamoDBAccounts(self._connection, clock)
        self.memberships = DynamoDBMemberships(self._connection)
        self.containers = DynamoDBContainers(self._connection, lambda: self.now() or clock())
        self._claims = Claims(self._connection, clock)
        self._client = self._connection.client
        self._table = table
        self.name = f"{self._client.meta.region_name}/{table}"
        self._retention_s = retention_s
        self._clock = clock

    def append(self, messages: Sequence[Message]) -> list[Message | ChatError]:
        """Store all in one BatchWriteItem, and what it leaves unprocessed in further ones.

        The call can't have conditions, and needs none: no two messages have the same key, and to
        write a message again is idempotent.
        """
        unwritten = {(message.room, message.id): message for message in messages}
        try:
            self._write_all(unwritten)
        except Unavailable as error:
            self._administration.failed()
            return [
                error if (message.room, message.id) in unwritten else message
                for message in messages
            ]
        self._administration.wrote()
        return list(messages)

    def _write_all(self, unwritten: dict[tuple[str, str], Message]) -> None:
        """Write the messages, and remove from `unwritten` those that were stored.

        Raises:
            chat.errors.Unavailable: The messages that are left in `unwritten` were not stored.
            InDoubt: It is unknown whether they were stored.
        """
        is_in_doubt = False
        self._connection.write_soon()

        def write() -> None:
            nonlocal is_in_doubt
            try:
                left = self._write(unwritten)
            except (ClientError, BotoCoreError) as error:
                is_in_doubt |= not has_stored_nothing(error)
                raise
            for key in unwritten.keys() - left:
                del unwritten[key]
            if unwritten:
                raise Unavailable("the history is too busy")

        try:
            self._connection.retrying(write)
        except Unavailable as error:
            if is_in_doubt:
                raise InDoubt("the history did not answer") from error
            raise

    def _write(self, unwritten: dict[tuple[str, str], Message]) -> set[tuple[str, str]]:
        """Write once; returns what DynamoDB left unprocessed."""
        requests: list[WriteRequestTypeDef] = [
            {"PutRequest": {"Item": self._item(message)}} for message in unwritten.values()
        ]
        answer = self._client.batch_write_item(RequestItems={self._table: requests})
        left: list[Any] = answer.get("UnprocessedItems", {}).get(self._table, [])
        items = [request["PutRequest"]["Item"] for request in left]
        return {(item["RoomID"]["S"], item["Timestamp"]["S"]) for item in items}

    def _item(self, message: Message) -> dict[str, Any]:
        item = to_item(message)
        return item | expiry(self._clock() + self._retention_s) if self._retention_s else item

    def now(self) -> float | None:
        """Seconds since the epoch by DynamoDB's clock, from its latest answer."""
        return self._connection.now()

    def find(self, room: str, user_id: str, client_id: str, since: str) -> Message | None:
        """Read from `since` until the message is found, SEARCHED_PAGES at most."""
        pages = self._query(
            room,
            "#id > :start",
            {":start": since, ":user": user_id, ":client": client_id},
            FilterExpression="UserID = :user AND ClientID = :client",
        )
        for number, page in enumerate(pages, 1):
            if found := next(messages_in(page), None):
                return found
            if number == SEARCHED_PAGES and "LastEvaluatedKey" in page:
                raise Invalid(
                    "too much has been said since this was first sent to find out whether it "
                    "arrived; send it as a new message"
                )
        return None

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

    def count_after(self, room: str, id_: str, limit: int, besides: str = "") -> int:
        """How many messages came after the one with that id; no item is transferred.

        Reads no further page after COUNTS_AMONG messages: those that don't count cost as much.
        """
        values = {":id": max(id_, self._oldest())}
        options: dict[str, Any] = {"Select": "COUNT", "Limit": limit}
        if besides:
            values[":user"] = besides
            options["FilterExpression"] = "UserID <> :user"
        count = seen = 0
        for page in self._query(room, "#id > :id", values, **options):
            count += page["Count"]
            seen += page["ScannedCount"]
            if count >= limit or seen >= COUNTS_AMONG:
                break
        return min(count, limit)

    def count_between(self, room: str, after: str, until: str) -> int:
        """How many messages have ids after `after`, not after `until`; no item is transferred."""
        after = max(after, self._oldest())
        if after >= until:
            return 0
        # BETWEEN includes both bounds. With a "~" the lower bound sorts right after `after`.
        bounds = {":after": f"{after}~", ":until": until}
        pages = self._query(room, "#id BETWEEN :after AND :until", bounds, Select="COUNT")
        return sum(page["Count"] for page in pages)

    def _take(
        self, room: str, condition: str, id_: str, limit: int, **options: Any
    ) -> list[Message]:
        """The first `limit + 1` messages: the last one tells whether there are more."""
        found: list[Message] = []
        for page in self._query(room, condition, {":id": id_}, Limit=limit + 1, **options):
            found += messages_in(page)
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
            page = self._connection.retrying(self._client.query, **query)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def claim(self, draft: Draft, token: str, instead_of: str) -> str:
        """Put an item for the claim, with a conditional write."""
        return self._claims.claim(draft, token, instead_of)

    def release(self, draft: Draft, token: str) -> None:
        """Empty the item of the claim, if it is still ours, and let it expire."""
        self._claims.release(draft, token)

    def _oldest(self) -> str:
        """Messages before this id have expired; DynamoDB deletes them within days."""
        return id_at(self._clock() - self._retention_s) if self._retention_s else ""

    def delete_expired(self, room: str, after: str) -> str | None:
        """Delete expired messages that the table's TTL leaves.

        Each item has its own time of expiry, by the retention when it was written. That may have
        been longer, or for ever. Also the TTL may not work: then an item is overdue by TTL_TAKES.
        """
        now = int(self._clock())
        times = {":now": {"N": str(now)}, ":overdue": {"N": str(now - TTL_TAKES)}}
        page = self._connection.retrying(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="RoomID = :room AND #id BETWEEN :after AND :oldest",
            FilterExpression="attribute_not_exists(#ttl) OR #ttl > :now OR #ttl < :overdue",
            ExpressionAttributeNames={"#id": "Timestamp", "#ttl": TTL_ATTRIBUTE},
            ExpressionAttributeValues=times
            | {":room": {"S": room}, ":after": {"S": after}, ":oldest": {"S": self._oldest()}},
            Limit=BATCH,
        )
        self._delete(item for item in page["Items"] if is_message_id(item["Timestamp"]["S"]))
        last: str | None = page.get("LastEvaluatedKey", {}).get("Timestamp", {}).get("S")
        return last

    def _delete(self, items: Iterable[Any]) -> None:
        """Delete items; the next round finds those that DynamoDB leaves unprocessed."""
        keys = [{name: item[name] for name, _ in KEYS} for item in items]
        if keys:
            self._connection.write_soon()
            requests = [{"DeleteRequest": {"Key": key}} for key in keys]
            self._connection.retrying(
                self._client.batch_write_item, RequestItems={self._table: requests}
            )

    def create(self) -> None:
        """Create the table, wait until it is active, and enable its TTL."""
        self._administration.create()

    def check(self) -> None:
        """Describe the table and compare its keys; try to write, if no write worked lately."""
        self._administration.check()

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
