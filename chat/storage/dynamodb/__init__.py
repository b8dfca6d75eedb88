"""Messages in one table of DynamoDB, which several containers can share."""

from chat.storage.base import History
from chat.storage.dynamodb.url import FORM, table_of

__all__ = ["FORM", "folder", "open_history"]


def open_history(url: str, retention_s: float) -> History:
    """The history in the table that a URL names; nothing is read or written yet."""
    from chat.storage.dynamodb.history import DynamoDBHistory  # only where it is used: large

    return DynamoDBHistory(*table_of(url), retention_s=retention_s)


def folder(url: str) -> None:
    """None: a table has no place for files."""
    table_of(url)
