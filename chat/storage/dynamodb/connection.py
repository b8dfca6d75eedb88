"""Calls to DynamoDB: retried for RETRY_FOR, refused at once in an outage, with clear errors."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
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
from chat.errors import Unavailable
from chat.settings import SettingsError
from chat.storage.dynamodb.errors import code_of, is_outage, is_passing
from chat.storage.dynamodb.outages import Outages
from chat.storage.dynamodb.sockets import TimedBody, end_at_once

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

# botocore's defaults are timeouts of a minute, ten connections and four retries. But the chat has
# to answer within five seconds, so `_tries` does the retries, within a time limit.
CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 1},
    tcp_keepalive=True,
    # By default, botocore makes the user agent and validates the parameters for each call, which
    # takes a seventh of its time. The chat has validated what it writes before.
    user_agent=f"Cloud-Chat Boto3/{boto3.__version__}",
    parameter_validation=False,
)

# Seconds within which a call is retried, and the longest pause before the first retry; the pause
# doubles from retry to retry. A retry that begins just in time takes as long as CONFIG allows.
RETRY_FOR = 1.5
FIRST_PAUSE = 0.05


class Connection:
    """A client of boto3 for one table.

    Args:
        table: Its name.
        region: Such as `us-east-1`; None for what the environment of the AWS SDK says.
        endpoint_url: Of a local DynamoDB; None for the one of AWS.

    Raises:
        chat.settings.SettingsError: There is no such region or endpoint.
    """

    def __init__(self, table: str, region: str | None, endpoint_url: str | None) -> None:
        self.table = table
        self._has_own_endpoint = endpoint_url is not None
        self._outages = Outages()
        self._local = threading.local()  # the deadline of this thread's write
        try:
            self.client: DynamoDBClient = boto3.client(
                "dynamodb", region_name=region, endpoint_url=endpoint_url, config=CONFIG
            )
        except NoRegionError:
            raise SettingsError(
                "CHAT_HISTORY: there is no region; append one, such as ?region=us-east-1"
            ) from None
        except (BotoCoreError, ValueError) as error:
            raise SettingsError(f"CHAT_HISTORY: {str(error).rstrip('.')}") from None
        end_at_once(self.client)
        self.region = self.client.meta.region_name
        before_write = "before-send.dynamodb.BatchWriteItem"
        self.client.meta.events.register(before_write, self._send_in_time)
        self.client.meta.events.register("after-call.dynamodb", self._note_date)
        self._date = ""
        self._ahead: float | None = None  # seconds by which DynamoDB's clock is ahead of `steady`

    def write_soon(self) -> None:
        """From now on this thread has RETRY_FOR seconds to send a BatchWriteItem."""
        self._local.write_before = steady() + RETRY_FOR

    def _send_in_time(self, request: Any, **_event: Any) -> None:
        """Send no write after its deadline, when another process may already write a resend.

        The SDK may be late: it fetches new credentials of the task's role within the call that
        needs them, which takes ten seconds if their service doesn't answer.
        """
        request.body = TimedBody(request.body, self._local.write_before)
        request.body.require_time()

    def _note_date(self, parsed: dict[str, Any], **_call: Any) -> None:
        """Learn the time of DynamoDB's clock from the `Date` of an answer, in whole seconds."""
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        if date != self._date:
            self._date = date
            with suppress(ValueError):
                self._ahead = parsedate_to_datetime(date).timestamp() - steady()

    def now(self) -> float | None:
        """Seconds since the epoch: the `Date` of the latest answer plus the time since then."""
        return None if self._ahead is None else self._ahead + steady()

    def put(self, item: dict[str, Any], **condition: Any) -> None:
        """Put one item, with the arguments of a condition if there is one.

        Raises:
            chat.errors.Unavailable: As with `retrying`.
            ConditionalCheckFailedException: The condition isn't met (from `client.exceptions`).
        """
        self.retrying(self.client.put_item, TableName=self.table, Item=item, **condition)

    def update(
        self,
        key: dict[str, Any],
        expression: str,
        values: dict[str, Any],
        names: dict[str, str] | None = None,
        condition: str = "",
    ) -> None:
        """Update one item, or make it if it isn't there.

        Args:
            key: Of the item.
            expression: What to set.
            values: Those that the expression and the condition name.
            names: The same for attributes whose names are reserved words.
            condition: Without one, the update is always done.

        Raises:
            chat.errors.Unavailable: As with `retrying`.
            ConditionalCheckFailedException: The condition isn't met (from `client.exceptions`).
        """
        options: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        if condition:
            options["ConditionExpression"] = condition
        self.retrying(
            self.client.update_item,
            TableName=self.table,
            Key=key,
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
            **options,
        )

    def query(self, partition: str, first: str, last: str) -> Iterator[dict[str, Any]]:
        """The items of a partition from one sort key to another, in their order.

        Raises:
            chat.errors.Unavailable: As with `retrying`.
        """
        query: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "RoomID = :partition AND #key BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#key": "Timestamp"},
            "ExpressionAttributeValues": {
                ":partition": {"S": partition},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            "ConsistentRead": True,
        }
        while True:
            page = self.retrying(self.client.query, **query)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def retrying(self, call: Callable[..., Any], **arguments: Any) -> Any:
        """Call, with retries for RETRY_FOR seconds; in an outage, fail without a call.

        Args:
            call: A method of `client`.
            arguments: Its arguments.

        Raises:
            chat.errors.Unavailable: There was no answer, or a refusal; its cause is the error.
        """
        self._outages.check()
        for _ in _tries():
            try:
                with self.errors():
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

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn errors of the SDK into Unavailable, except for a condition that isn't met."""
        try:
            yield
        except self.client.exceptions.ConditionalCheckFailedException:
            self._outages.passed()
            raise  # an answer, not an error
        except (ClientError, BotoCoreError) as error:
            if is_passing(error):
                log.warning("DynamoDB did not answer: %s", error)
            else:
                log.error("DynamoDB refused: %s", self.advice(error))  # noqa: TRY400
            raise Unavailable("the history can't be reached") from error

    def advice(self, error: BaseException | None) -> str:
        """One line that tells an operator what to do."""
        code = code_of(error)
        if code == "ResourceNotFoundException":
            return (
                f"CHAT_HISTORY: there is no table {self.table} in {self.region}; "
                "`flask --app wsgi create-table` makes it"
            )
        if isinstance(error, NoCredentialsError):
            return (
                "CHAT_HISTORY: there are no AWS credentials; give the task a role, "
                "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        if self.is_nowhere(error):
            return f"CHAT_HISTORY: there is no DynamoDB in the region {self.region}"
        if code == "AccessDeniedException":
            return f"CHAT_HISTORY: no permission on the table {self.table}: {error}"
        return f"CHAT_HISTORY: {error}"

    def is_nowhere(self, error: BaseException | None) -> bool:
        """Whether there was no connection because the region doesn't exist."""
        return (
            isinstance(error, EndpointConnectionError)
            and not self._has_own_endpoint
            and self.region not in boto3.Session().get_available_regions("dynamodb")
        )

    def close(self) -> None:
        """Close the sockets."""
        self.client.close()


def _tries() -> Iterator[None]:
    """Yield for each try within RETRY_FOR seconds: exponential backoff with random pauses.

    The pauses are random so that servers don't retry at the same time.
    """
    deadline = time.monotonic() + RETRY_FOR
    pause = FIRST_PAUSE
    while True:
        yield
        if time.monotonic() + pause > deadline:
            return
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311
        pause *= 2
