"""The durable storage of messages, on one of several backends.

The interface is `History` in `base.py`. Each backend is a package of its own, whose name is the
scheme of its URLs, and has:

- `FORM`: the form of its URLs, for error texts.
- `open_history(url, retention_s)`: the history that a URL names.
- `folder(url)`: the folder for other files of the chat, or None.

The two functions raise ValueError if the URL is not valid.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from chat.settings import SettingsError
from chat.storage.base import History, Page

__all__ = ["History", "Page", "folder", "open_history"]

SECONDS_OF_A_DAY = 86_400


def open_history(url: str, retention_days: int = 0) -> History:
    """The history that a URL names; nothing is read or written yet.

    Args:
        url: Its scheme names the backend.
        retention_days: How long messages are kept; 0 for ever.

    Raises:
        chat.settings.SettingsError: The URL is not valid; says what to write instead.
    """
    try:
        history: History = _backend(url).open_history(url, retention_days * SECONDS_OF_A_DAY)
    except ValueError as error:
        raise SettingsError(f"CHAT_HISTORY: {error}") from None
    return history


def folder(url: str) -> Path | None:
    """The folder where other files of the chat can be kept beside its messages; None without one.

    Raises:
        chat.settings.SettingsError: The URL is not valid; says what to write instead.
    """
    try:
        place: Path | None = _backend(url).folder(url)
    except ValueError as error:
        raise SettingsError(f"CHAT_HISTORY: {error}") from None
    return place


def _backend(url: str) -> ModuleType:
    backends = {
        each.name: import_module(f"chat.storage.{each.name}")
        for each in iter_modules(__path__)
        if each.ispkg
    }
    backend = backends.get(url.partition(":")[0])
    if backend is None:
        raise ValueError(f"use {' or '.join(each.FORM for each in backends.values())}")
    return backend
