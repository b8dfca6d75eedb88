"""The history in a DynamoDB table: partition key `RoomID`, sort key `Timestamp`.

This module is loaded only where it is used: boto3 is large.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
)

from chat.clocks import steady
from chat.errors import ChatError, Invalid, Unavailable
from chat.messages.ids import id_at, is_message_id
from chat.messages.message import Draft, Message
from chat.settings import SettingsError
from chat.storage.base import BATCH, WRITE_PROVES, History, InDoubt, Page
from chat.storage.dynamodb.errors import (
    code_of,
    has_stored_nothing,
    is_outage,
    is_passing,
)
from chat.storage.dynamodb.outages import Outages
from chat.storage.dynamodb.sockets import TimedBody, end_at_once

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

log = logging.getLogger(__name__)

KEYS = [("RoomID", "HASH"), ("Timestamp", "RANGE")]
TTL_ATTRIBUTE = "ExpiresAt"

# The defaults of botocore are a minute, ten connections and four retries; an answer is due after
# five seconds. Retries are `_tries`, so that all that is tried again ends in time.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    # Both are worked out again for every call, and cost a seventh of it. What is written has been
    # validated long before.
    user_agent=f"Cloud-Chat Boto3/{boto3.__version__}",
    parameter_validation=False,
)

# Seconds within which something is tried again, and the longest pause before the second try; it
# doubles from try to try. A last try that begins just in time takes as long as CONFIG lets it.
RETRY_FOR = 1.5
FIRST_PAUSE = 0.05

# Pages of 1 MB that are searched for the first attempt of a resend. Each takes a twelfth of what a
# room can be read in a second.
SEARCHED_PAGES = 20

COUNTS_AMONG = 1000  # messages, of which some may be the reader's own

TTL_TAKES = 7 * 86_400  # seconds that DynamoDB may take to delete what has expired; "a few days"

# An item that nobody makes: what depends on it costs a write and changes nothing.
PROBE = {"RoomID": {"S": "probe:"}, "Timestamp": {"S": "never made"}}

CLAIM_EXPIRES = 3600.0  # seconds, after which the table's TTL deletes a claim that was left over


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
        self._has_own_endpoint = endpoint_url is not None
        self._retention_s = retention_s
        self._clock = clock
        self._outages = Outages()
        self._written_at = float("-inf")  # monotonic: when a write worked last
        self._local = threading.local()  # when this thread's write has to be on its way
        try:
            self._client: DynamoDBClient = boto3.client(
                "dynamodb", region_name=region, endpoint_url=endpoint_url, config=CONFIG
            )
        except NoRegionError:
            raise SettingsError(
                "CHAT_HISTORY: there is no region; append one, such as ?region=us-east-1"
            ) from None
        except (BotoCoreError, ValueError) as error:
            raise SettingsError(f"CHAT_HISTORY: {str(error).rstrip('.')}") from None
        end_at_once(self._client)
        self._region = self._client.meta.region_name
        before_write = "before-send.dynamodb.BatchWriteItem"
        self._client.meta.events.register(before_write, self._send_in_time)
        self._client.meta.events.register("after-call.dynamodb", self._note_date)
        self._date = ""
        self._ahead: float | None = None  # seconds by which DynamoDB's clock is ahead of `steady`

    def append(self, messages: Sequence[Message]) -> list[Message | ChatError]:
        """Store all in one BatchWriteItem, and what it leaves over in further ones.

        The call can't be conditional, and needn't be: no two messages have the same key, and
        the same message written twice is one item.
        """
        waiting = {(message.room, message.id): message for message in messages}
        try:
            self._write_all(waiting)
        except Unavailable as error:
            self._written_at = float("-inf")
            return [
                error if (message.room, message.id) in waiting else message for message in messages
            ]
        self._written_at = time.monotonic()
        return list(messages)

    def _write_all(self, waiting: dict[tuple[str, str], Message]) -> None:
        """Write until nothing waits.

        Raises:
            chat.errors.Unavailable: What still waits was not stored.
            InDoubt: It may have been.
        """
        is_in_doubt = False
        self._local.write_before = steady() + RETRY_FOR

        def write() -> None:
            nonlocal is_in_doubt
            try:
                left = self._write(waiting)
            except (ClientError, BotoCoreError) as error:
                is_in_doubt |= not has_stored_nothing(error)
                raise
            for key in waiting.keys() - left:
                del waiting[key]
            if waiting:
                raise Unavailable("the history is too busy")

        try:
            self._retrying(write)
        except Unavailable as error:
            if is_in_doubt:
                raise InDoubt("the history did not answer") from error
            raise

    def _send_in_time(self, request: Any, **_event: Any) -> None:
        """Send nothing when a resend may already be written elsewhere.

        New credentials of the task's role are fetched as part of the call that happens to need
        them, which takes ten seconds where nobody hands them out.
        """
        request.body = TimedBody(request.body, self._local.write_before)
        request.body.require_time()

    def _write(self, waiting: dict[tuple[str, str], Message]) -> set[tuple[str, str]]:
        """Write once; returns what DynamoDB left unprocessed."""
        requests: list[WriteRequestTypeDef] = [
            {"PutRequest": {"Item": self._item(message)}} for message in waiting.values()
        ]
        answer = self._client.batch_write_item(RequestItems={self._table: requests})
        left: list[Any] = answer.get("UnprocessedItems", {}).get(self._table, [])
        items = [request["PutRequest"]["Item"] for request in left]
        return {(item["RoomID"]["S"], item["Timestamp"]["S"]) for item in items}

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

    def _note_date(self, parsed: dict[str, Any], **_call: Any) -> None:
        """Every answer says when it was made, in whole seconds."""
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        if date != self._date:
            self._date = date
            with suppress(ValueError):
                self._ahead = parsedate_to_datetime(date).timestamp() - steady()

    def now(self) -> float | None:
        """The time of the latest answer, and what has passed since."""
        return None if self._ahead is None else self._ahead + steady()

    def find(self, room: str, user_id: str, client_id: str, since: str) -> Message | None:
        """Read on from `since` until the message is found, for up to SEARCHED_PAGES."""
        pages = self._query(
            room,
            "#id > :start",
            {":start": since, ":user": user_id, ":client": client_id},
            FilterExpression="UserID = :user AND ClientID = :client",
        )
        for number, page in enumerate(pages, 1):
            if found := next(_messages(page), None):
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

        Looks at COUNTS_AMONG messages at most: those that don't count are paid for, too.
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
        """How many messages sort after the one and not after the other; no item is transferred."""
        after = max(after, self._oldest())
        if after >= until:
            return 0
        # BETWEEN includes both bounds, and nothing but the id itself sorts before it with a "~".
        bounds = {":after": f"{after}~", ":until": until}
        pages = self._query(room, "#id BETWEEN :after AND :until", bounds, Select="COUNT")
        return sum(page["Count"] for page in pages)

    def _take(
        self, room: str, condition: str, id_: str, limit: int, **options: Any
    ) -> list[Message]:
        """The first `limit + 1` messages: the one more tells whether there are more."""
        found: list[Message] = []
        for page in self._query(room, condition, {":id": id_}, Limit=limit + 1, **options):
            found += _messages(page)
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
            page = self._retrying(self._client.query, **query)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _retrying(self, call: Callable[..., Any], **arguments: Any) -> Any:
        """Call until there is an answer, for RETRY_FOR seconds; while there is an outage, don't."""
        self._outages.check()
        for _ in _tries():
            try:
                with self._errors():
                    answer = call(**arguments)
            except Unavailable as error:
                failure = error
                if not is_passing(error.__cause__):
                    break
            else:
                self._outages.passed()
                return answer
        if is_outage(failure.__cause__):
            self._outages.failed()
        else:
            self._outages.passed()
        raise failure

    def claim(self, draft: Draft, token: str, instead_of: str) -> str:
        """Put an item of its own beside the rooms, on the condition that nobody else has."""
        expires = int(self._clock() + CLAIM_EXPIRES)
        claim = {"ClaimedBy": {"S": token}, TTL_ATTRIBUTE: {"N": str(expires)}}
        try:
            self._retrying(
                self._client.put_item,
                TableName=self._table,
                Item=_claim_key(draft) | claim,
                ConditionExpression="attribute_not_exists(ClaimedBy) OR ClaimedBy IN (:old, :new)",
                ExpressionAttributeValues={":old": {"S": instead_of}, ":new": {"S": token}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._claimed_by(draft)
        return token

    def _claimed_by(self, draft: Draft) -> str:
        """The token of the claim; empty if it was given up meanwhile."""
        answer = self._retrying(
            self._client.get_item,
            TableName=self._table,
            Key=_claim_key(draft),
            ConsistentRead=True,
        )
        return str(answer.get("Item", {}).get("ClaimedBy", {}).get("S", ""))

    def release(self, draft: Draft, token: str) -> None:
        """Empty the item, if it is still ours, and let it expire."""
        expiry = {TTL_ATTRIBUTE: {"N": str(int(self._clock()))}}
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._retrying(
                self._client.put_item,
                TableName=self._table,
                Item=_claim_key(draft) | expiry,
                ConditionExpression="ClaimedBy = :token",
                ExpressionAttributeValues={":token": {"S": token}},
            )

    def end_session(self, session: str, until: float) -> None:
        """Put an item of its own beside the rooms, which expires with the cookie."""
        expiry = {TTL_ATTRIBUTE: {"N": str(int(until) + 1)}}
        self._retrying(
            self._client.put_item, TableName=self._table, Item=_ended_key(session) | expiry
        )

    def ended(self, sessions: Sequence[str]) -> set[str]:
        """Look for all of them in one call, at half the price of consistent reads."""
        sessions_by_key = {_ended_key(each)["RoomID"]["S"]: each for each in sessions}
        keys = [_ended_key(each) for each in sorted(set(sessions))]

        def read() -> Any:
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys}})
            if answer.get("UnprocessedKeys"):
                raise Unavailable("the history is too busy")
            return answer["Responses"].get(self._table, [])

        return {sessions_by_key[item["RoomID"]["S"]] for item in self._retrying(read)}

    def _oldest(self) -> str:
        """What has expired sorts before this; DynamoDB deletes it within days."""
        return id_at(self._clock() - self._retention_s) if self._retention_s else ""

    def delete_expired(self, room: str, after: str) -> str | None:
        """Delete what the table's TTL leaves: what was written to be kept longer, or for ever.

        An item says itself when it expires, by the retention of the time when it was written.
        """
        now = int(self._clock())
        times = {":now": {"N": str(now)}, ":overdue": {"N": str(now - TTL_TAKES)}}
        page = self._retrying(
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
        """What DynamoDB leaves over is found the next time."""
        keys = [{name: item[name] for name, _ in KEYS} for item in items]
        if keys:
            self._local.write_before = steady() + RETRY_FOR
            requests = [{"DeleteRequest": {"Key": key}} for key in keys]
            self._retrying(self._client.batch_write_item, RequestItems={self._table: requests})

    def create(self) -> None:
        """Make the table and wait until it is active; set what deletes expired items."""
        try:
            self._create_table()
            waiter = self._client.get_waiter("table_exists")
            waiter.wait(TableName=self._table, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
            self._set_time_to_live()
        except Unavailable as error:
            raise SettingsError(self._advice(error.__cause__)) from None
        except (ClientError, BotoCoreError) as error:
            raise SettingsError(self._advice(error)) from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

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
        """Describe the table and compare its keys; try to write."""
        try:
            with self._errors():
                table = self._client.describe_table(TableName=self._table)["Table"]
            self._require_keys(table["KeySchema"])
            if time.monotonic() - self._written_at >= WRITE_PROVES:
                self._try_to_write()
        except Unavailable as error:
            self._written_at = float("-inf")
            cause = error.__cause__
            if cause is None or (is_passing(cause) and not self._is_nowhere(cause)):
                raise
            raise SettingsError(self._advice(cause)) from None

    def _require_keys(self, schema: Sequence[Any]) -> None:
        keys = [(key["AttributeName"], key["KeyType"]) for key in schema]
        if sorted(keys) != sorted(KEYS):
            raise SettingsError(
                f"CHAT_HISTORY: the table {self._table} has other keys; name one with the "
                "partition key RoomID and the sort key Timestamp, or let "
                "`flask --app wsgi create-table` make one"
            )

    def _try_to_write(self) -> None:
        """Permission, units and DynamoDB itself are asked, and only then the condition."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._retrying(
                self._client.put_item,
                TableName=self._table,
                Item=PROBE,
                ConditionExpression="attribute_exists(RoomID)",
            )
        self._written_at = time.monotonic()

    def _is_nowhere(self, error: BaseException | None) -> bool:
        """Whether there is nothing at the other end because there is no such region."""
        return (
            isinstance(error, EndpointConnectionError)
            and not self._has_own_endpoint
            and self._region not in boto3.Session().get_available_regions("dynamodb")
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._client.exceptions.ConditionalCheckFailedException:
            self._outages.passed()
            raise  # an answer, not an error
        except (ClientError, BotoCoreError) as error:
            if is_passing(error):
                log.warning("DynamoDB did not answer: %s", error)
            else:
                log.error("DynamoDB refused: %s", self._advice(error))  # noqa: TRY400
            raise Unavailable("the history can't be reached") from error

    def _advice(self, error: BaseException | None) -> str:
        """One line that tells an operator what to do."""
        code = code_of(error)
        if code == "ResourceNotFoundException":
            return (
                f"CHAT_HISTORY: there is no table {self._table} in {self._region}; "
                "`flask --app wsgi create-table` makes it"
            )
        if isinstance(error, NoCredentialsError):
            return (
                "CHAT_HISTORY: there are no AWS credentials; give the task a role, "
                "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        if self._is_nowhere(error):
            return f"CHAT_HISTORY: there is no DynamoDB in the region {self._region}"
        if code == "AccessDeniedException":
            return f"CHAT_HISTORY: no permission on the table {self._table}: {error}"
        return f"CHAT_HISTORY: {error}"


def _tries() -> Iterator[None]:
    """Go on for RETRY_FOR seconds, with pauses that grow; random, lest servers keep in step."""
    deadline = time.monotonic() + RETRY_FOR
    pause = FIRST_PAUSE
    while True:
        yield
        if time.monotonic() + pause > deadline:
            return
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311
        pause *= 2


def _claim_key(draft: Draft) -> dict[str, Any]:
    """No room has such an id, and no read of a room comes across it."""
    return {"RoomID": {"S": f"resends:{draft.user_id}"}, "Timestamp": {"S": draft.client_id}}


def _ended_key(session: str) -> dict[str, Any]:
    """As with claims: no room has such an id."""
    return {"RoomID": {"S": f"session:{session}"}, "Timestamp": {"S": "ended"}}


def _messages(page: dict[str, Any]) -> Iterator[Message]:
    """The messages of a page; what other applications wrote among them is passed over."""
    attributes = ("Timestamp", "RoomID", "UserID", "UserName", "Text", "ClientID")
    for item in page["Items"]:
        message = Message(*(item.get(name, {}).get("S", "") for name in attributes))
        if message.text and is_message_id(message.id):
            yield message
