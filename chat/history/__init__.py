"""The durable log of messages: what is in here was stored, what was stored is in here."""

from chat.history.base import History, Page
from chat.history_url import SqliteFile, parse_history_url
from chat.settings import SettingsError

__all__ = ["History", "Page", "open_history"]

SECONDS_OF_A_DAY = 86_400


def open_history(url: str, retention_days: int = 0) -> History:
    """The history that a URL names; nothing is read or written yet.

    Args:
        url: One that `chat.history_url` knows.
        retention_days: How long messages are kept; 0 for ever.

    Raises:
        chat.settings.SettingsError: The URL is not of that form.
    """
    retention_s = retention_days * SECONDS_OF_A_DAY
    try:
        place = parse_history_url(url)
    except ValueError as error:
        raise SettingsError(f"CHAT_HISTORY: {error}") from None
    # Only the backend that is used is loaded: boto3 is large.
    if isinstance(place, SqliteFile):
        from chat.history.sqlite import SqliteHistory

        return SqliteHistory(place.path, retention_s=retention_s)
    from chat.history.dynamodb import DynamoDBHistory

    return DynamoDBHistory(place.name, place.region, place.endpoint_url, retention_s=retention_s)
