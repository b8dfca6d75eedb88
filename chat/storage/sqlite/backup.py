"""Backups of the file, even while the chat runs, and their restore."""

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

# SQLite's file format: the range of bytes that SQLite locks while any process has the file open.
SHARED_FIRST = 0x4000_0002
SHARED_SIZE = 510


def backup(path: Path, file: Path) -> None:
    """Write everything that is stored to a file; the chat may be running.

    Raises:
        chat.settings.SettingsError: It can't be done; says why in one line.
    """
    with _explained():
        if not path.exists():
            raise SettingsError(f"there is no history yet at {path}")
        _require_another_file(path, file)
        write_copy(path, file, partial(_require_chat, path))


def restore(path: Path, file: Path) -> Path | None:
    """Replace the file by a backup; no process may have the file open.

    Returns:
        Where the replaced file is kept; None if there was none.

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
    """Move the write-ahead log away with its file: it would corrupt the new file."""
    kept, draft = dated(path, "replaced"), dated(path, "draft")
    if kept.exists():
        raise SettingsError(f"{kept} is there already; try again")
    try:
        write_copy(file, draft, partial(_require_chat, file))
        os.chown(draft, path.stat().st_uid, path.stat().st_gid)  # keeps the owner if root runs this
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
    """Refuse a copy that is damaged or empty, or that this version of the chat can't use."""
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
