"""The keys of session cookies: one that signs, and older ones that are still accepted."""

import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

from chat.private_files import NoHardLinks, keep_from_others, publish
from chat.settings import MIN_SECRET_KEY, Settings, SettingsError, are_long_enough, keys_in
from chat.storage import folder


def secret_keys(settings: Settings) -> list[str]:
    """The keys of the settings, else a made one in a file beside the database; the first signs.

    Raises:
        chat.settings.SettingsError: The file can't be used; or the history is a DynamoDB table, so
            the setting is required: all processes that share the table have to share the key.
    """
    if settings.secret_key:
        return keys_in(settings.secret_key.get_secret_value())
    place = folder(settings.history)
    if place is None:
        raise SettingsError(
            "CHAT_SECRET_KEY: is required with dynamodb://; "
            'make one with `python3 -c "import secrets; print(secrets.token_urlsafe(32))"`'
        )
    return _kept_keys(place / "secret-key")


def _kept_keys(path: Path) -> list[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path)
        keep_from_others(path)
        keys = keys_in(path.read_text(encoding="ascii"))
    except OSError as error:
        raise SettingsError(
            f"CHAT_HISTORY: {path} can't be kept beside it ({error}); "
            "name a file in a folder that this user may write to"
        ) from None
    except UnicodeError:
        keys = []
    if not are_long_enough(keys):
        raise SettingsError(
            f"CHAT_SECRET_KEY: each line of {path} needs {MIN_SECRET_KEY} characters at least; "
            "delete the file, which signs everybody out, or set the variable instead"
        )
    return keys


def _create(path: Path) -> None:
    """Create the file atomically, so that two processes that start together use the same key.

    It is synced to the disk before any cookie is signed: a power cut must not sign everybody out.
    """
    if path.exists():
        return
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent) as draft:  # with mode 0600
        draft.write(secrets.token_urlsafe(32))
        draft.flush()
        os.fsync(draft.fileno())
        try:
            publish(draft.name, path)
        except NoHardLinks:
            raise SettingsError(
                f"CHAT_SECRET_KEY: none can be kept in {path}, whose file system has no hard "
                "links; set the variable"
            ) from None
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
