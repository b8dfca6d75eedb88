"""A complete copy of a file that may be in use."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import mkstemp

from chat.storage.sqlite.file import READ, connect, renew_id

BUSY_TIMEOUT = 2.5  # seconds to wait for others who use a file


def dated(path: Path, why: str) -> Path:
    """A name beside a file, such as `chat.db.replaced-20261122T104712Z`."""
    return path.with_name(f"{path.name}.{why}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")


def write_copy(
    source: Path, target: Path, check: Callable[[sqlite3.Connection], None] = lambda _: None
) -> None:
    """Write a complete copy of a database that may be in use: one file, and atomically.

    Args:
        source: The database.
        target: The copy; a file that is there is replaced.
        check: Called with the copy before it takes its place; may raise anything.

    Raises:
        OSError, sqlite3.Error: It failed, and nothing was changed.
    """
    descriptor, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")  # with mode 0600
    os.close(descriptor)
    draft = Path(name)
    try:
        with (
            closing(connect(source, READ, BUSY_TIMEOUT, sqlite3.Connection)) as origin,
            closing(sqlite3.connect(draft, isolation_level=None)) as copy,
        ):
            origin.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # it needs no log beside it
            renew_id(copy)
            check(copy)
        sync(draft)
        draft.replace(target)
        sync(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
