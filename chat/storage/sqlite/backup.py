"""Copies of the file: one that is whole while the chat runs, and the way back."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from chat.settings import SettingsError
from chat.storage.sqlite.check import damage, require_ours
from chat.storage.sqlite.copy import dated, sync, write_copy
from chat.storage.sqlite.file import index_of, log_of, require_nothing_beside

# The bytes of a file that SQLite locks for as long as anybody has it open, by its file format.
SHARED_FIRST = 0x4000_0002
SHARED_SIZE = 510


def backup(path: Path, file: Path) -> None:
    """Write all that is stored to a file, while the chat runs or not.

    Raises:
        chat.settings.SettingsError: It can't be done; says why in one line.
    """
    with _explained():
        if not path.exists():
            raise SettingsError(f"there is no history yet at {path}")
        _require_another_file(path, file)
        write_copy(path, file, partial(_require_chat, path))


def restore(path: Path, file: Path) -> Path | None:
    """Put a backup in the place of the file; nobody may have that open.

    Returns:
        Where the file is now that was there before, if there was one.

    Raises:
        chat.settings.SettingsError: It can't be done; says why in one line.
    """
    with _explained():
        if not file.is_file():
            raise SettingsError(f"there is no file {file}")
        _require_another_file(path, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            require_nothing_beside(path)
            write_copy(file, path, partial(_require_chat, file))
            return None
        with _nobody_else_at(path):
            return _replace(path, file)


def _replace(path: Path, file: Path) -> Path:
    """The log goes with its file, before another file is there that it would ruin."""
    kept, draft = dated(path, "replaced"), dated(path, "draft")
    if kept.exists():
        raise SettingsError(f"{kept} is there already; try again")
    try:
        write_copy(file, draft, partial(_require_chat, file))
        os.chown(draft, path.stat().st_uid, path.stat().st_gid)  # root may do this for others
        os.link(path, kept)
        with suppress(FileNotFoundError):
            log_of(path).rename(log_of(kept))
        index_of(path).unlink(missing_ok=True)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)
    return kept


@contextmanager
def _nobody_else_at(path: Path) -> Iterator[None]:
    with path.open("r+b") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)
        except OSError:
            raise SettingsError(f"{path} is in use; stop the chat first") from None
        yield


def _require_another_file(path: Path, file: Path) -> None:
    if file.is_dir():
        raise SettingsError(f"{file} is a folder; name a file")
    ours = {each.resolve() for each in (path, log_of(path), index_of(path))}
    if file.resolve() in ours or (file.exists() and path.exists() and file.samefile(path)):
        raise SettingsError(f"{file} is the history itself; name another file")


def _require_chat(file: Path, copy: sqlite3.Connection) -> None:
    """Refuse a copy of what is damaged, and of what this version of the chat couldn't use."""
    require_ours(copy, file)
    if not copy.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise SettingsError(f"{file} is empty")
    if what := damage(copy):
        raise SettingsError(f"{file} is damaged ({what})")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise SettingsError(f"{where}{error.strerror or error}") from None
    except sqlite3.Error as error:
        raise SettingsError(f"the copy failed: {error}") from None
