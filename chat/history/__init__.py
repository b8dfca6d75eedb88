"""The durable log of messages: what is in here was stored, what was stored is in here."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from chat.history.base import History, Page
from chat.settings import SettingsError

__all__ = ["History", "Page", "open_history"]

SECONDS_OF_A_DAY = 86_400


def open_history(url: str, retention_days: int = 0) -> History:
    """The history that a URL names; nothing is read or written yet.

    Args:
        url: `sqlite:///relative/path`, `sqlite:////absolute/path` or
            `dynamodb://TABLE?region=REGION&endpoint_url=URL`.
        retention_days: How long messages are kept; 0 for ever.

    Raises:
        chat.settings.SettingsError: The URL is not of that form.
    """
    retention_s = retention_days * SECONDS_OF_A_DAY
    if path := sqlite_path(url):
        # Only the backend that is used is loaded: boto3 is large.
        from chat.history.sqlite import SqliteHistory

        return SqliteHistory(path, retention_s=retention_s)
    from chat.history.dynamodb import DynamoDBHistory

    table, options = _dynamodb_options(url)
    return DynamoDBHistory(
        table, options.get("region"), options.get("endpoint_url"), retention_s=retention_s
    )


def sqlite_path(url: str) -> Path | None:
    """The file that a URL names, or None where it isn't one of SQLite."""
    prefix = "sqlite:///"
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None


def _dynamodb_options(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if unknown := sorted(options.keys() - {"region", "endpoint_url"}):
        raise SettingsError(f"CHAT_HISTORY: {unknown[0]} is not an option of dynamodb://")
    return parts.netloc, options
