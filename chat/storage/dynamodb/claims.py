"""Claims, the rights to write resends: items of the same table, put by conditional writes."""

from collections.abc import Callable
from contextlib import suppress

from chat.messages.message import Draft
from chat.storage.dynamodb.connection import Connection
from chat.storage.dynamodb.items import claim_key, expiry

CLAIM_EXPIRES = 3600.0  # seconds, after which the table's TTL deletes a claim that was left over


class Claims:
    """Puts and empties claims.

    Args:
        connection: To DynamoDB.
        clock: Seconds since the epoch.
    """

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._client = connection.client
        self._clock = clock

    def claim(self, draft: Draft, token: str, instead_of: str) -> str:
        """Put a claim, unless another process has one; see `chat.storage.base.History.claim`."""
        claim = {"ClaimedBy": {"S": token}, **expiry(self._clock() + CLAIM_EXPIRES)}
        try:
            self._connection.put(
                claim_key(draft) | claim,
                ConditionExpression="attribute_not_exists(ClaimedBy) OR ClaimedBy IN (:old, :new)",
                ExpressionAttributeValues={":old": {"S": instead_of}, ":new": {"S": token}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._claimed_by(draft)
        return token

    def _claimed_by(self, draft: Draft) -> str:
        """The token of the claim; empty if the claim was released meanwhile."""
        answer = self._connection.retrying(
            self._client.get_item,
            TableName=self._connection.table,
            Key=claim_key(draft),
            ConsistentRead=True,
        )
        return str(answer.get("Item", {}).get("ClaimedBy", {}).get("S", ""))

    def release(self, draft: Draft, token: str) -> None:
        """Empty the item of a claim, if it still has that token, and let it expire."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._connection.put(
                claim_key(draft) | expiry(self._clock()),
                ConditionExpression="ClaimedBy = :token",
                ExpressionAttributeValues={":token": {"S": token}},
            )
