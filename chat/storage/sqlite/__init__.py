"""Messages in one file of SQLite: the default, with nothing to install."""

from pathlib import Path

from chat.storage.base import History
from chat.storage.sqlite.url import FORM, path_of

__all__ = ["FORM", "folder", "open_history"]


def open_history(url: str, retention_s: float) -> History:
    """The history in the file that a URL names; nothing is read or written yet."""
    from chat.storage.sqlite.history import SqliteHistory  # only where it is used

    return SqliteHistory(path_of(url), retention_s=retention_s)


def folder(url: str) -> Path:
    """The folder of the file; other files of the chat can be kept there."""
    return path_of(url).parent
