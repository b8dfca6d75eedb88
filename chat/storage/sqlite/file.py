"""The file of the history in SQLite, and the two that SQLite keeps beside it while it is open.

The chat must not open a database file with `open()`, not even to read it: when any descriptor of
the file is closed, the process loses all locks that SQLite has on the file.
"""

import logging
import os
import secrets
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from chat.private_files import NoHardLinks, publish
from chat.settings import SettingsError

log = logging.getLogger(__name__)

Connection = TypeVar("Connection", bound=sqlite3.Connection)

# How a file is opened: for writing; for reading, which changes no file, not even when the
# connection is closed; or for reading without the log and without locks.
WRITE = "mode=rw"
READ = "mode=ro"
READ_ALONE = "immutable=1"


def log_of(path: Path) -> Path:
    """The path of the write-ahead log: committed changes that are not in the file itself yet."""
    return path.with_name(f"{path.name}-wal")


def index_of(path: Path) -> Path:
    """The path of the log's index; processes that have the file open share it."""
    return path.with_name(f"{path.name}-shm")


Identity = tuple[int, int] | None  # of a file: device and inode; None if it doesn't exist
State = tuple[int, int, int] | None  # of a folder: device, inode, and ctime in nanoseconds

# Nanoseconds between two changes of a folder after which its ctime differs for certain. The clocks
# of file systems tick every few milliseconds, those of old ones every two seconds.
TICK = 3_000_000_000


class Identities:
    """Tells which files are at the three paths: the database, its log and its index.

    Args:
        path: That of the database; where it is a symbolic link, the others are beside its target.
    """

    def __init__(self, path: Path) -> None:
        target = path.resolve()
        self._names = [str(path.absolute()), str(log_of(target)), str(index_of(target))]
        self._folders = {str(step.parent) for step in _way_to(path)}
        self._unchanged: list[State] = []  # of the folders, when the files were right

    def now(self) -> list[Identity]:
        """The identities of the three files."""
        return [_identity(name) for name in self._names]

    def of_database(self) -> Identity:
        """The identity of the database alone, which is quicker."""
        return _identity(self._names[0])

    def are(self, identities: list[Identity]) -> bool:
        """Whether these files are at the paths; quick if the folders have not changed."""
        folders = [_state(name) for name in self._folders]  # before the files are looked at
        if folders == self._unchanged:
            return True
        if self.now() != identities:
            return False
        latest = time.time_ns() - TICK
        if all(state and state[2] < latest for state in folders):
            self._unchanged = folders
        return True


def _way_to(path: Path) -> Iterator[Path]:
    """The path, and if it is a symbolic link, each path that it leads to."""
    step = path.absolute()
    yield step
    while step.is_symlink():
        step = step.parent / step.readlink()
        yield step


def _identity(name: str) -> Identity:
    try:
        status = os.stat(name)  # noqa: PTH116  a third of the time of Path.stat
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _state(folder: str) -> State:
    """The ctime, because programs can't set it, unlike the mtime."""
    try:
        status = os.stat(folder)  # noqa: PTH116  as above
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_ctime_ns


def create(path: Path) -> None:
    """Create the file if it doesn't exist, with permissions for its owner only.

    SQLite gives the two files beside it the same permissions. The new file is closed before it
    appears at its path, because of the locks: see the top of this module.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        require_nothing_beside(path)
        with NamedTemporaryFile(dir=path.parent, delete=False) as draft:  # with mode 0600
            pass
        try:
            publish(draft.name, path)
        except NoHardLinks:
            with suppress(FileExistsError):
                path.touch(0o600, exist_ok=False)  # as good: no thread of ours can have it open yet
        finally:
            Path(draft.name).unlink()
    elif not stat.S_ISREG(path.stat().st_mode):
        raise SettingsError(f"{path} is not a file; name a file")


def require_nothing_beside(path: Path) -> None:
    """Refuse a log without its file: it may hold messages, or be in use by a running chat."""
    for file in (log_of(path), index_of(path)):
        if file.exists() and not path.exists():  # else another process made it
            raise SettingsError(
                f"{path} is gone and {file.name} is not; put it back, or stop what uses it "
                f"and remove {log_of(path).name} and {index_of(path).name}"
            )


def connect(path: Path, how: str, timeout: float, factory: type[Connection]) -> Connection:
    """A connection to a file that exists.

    Args:
        path: The file.
        how: WRITE, READ or READ_ALONE.
        timeout: Seconds to wait for other processes.
        factory: The class of the connection.
    """
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
    )


def has_log(database: sqlite3.Connection) -> bool:
    """Whether the database uses a write-ahead log."""
    (mode,) = database.execute("PRAGMA journal_mode").fetchone()
    return bool(mode == "wal")


def renew_id(database: sqlite3.Connection) -> None:
    """Give a file that was closed, and so has no log, a new number; its next log will have it, too.

    The number tells whether a log belongs to a file.
    """
    if has_log(database):
        return
    with database:
        database.execute("BEGIN IMMEDIATE")
        if not has_log(database):
            database.execute(f"PRAGMA application_id = {secrets.randbits(31):d}")


def id_of(database: sqlite3.Connection) -> int:
    """The number of a file."""
    (id_,) = database.execute("PRAGMA application_id").fetchone()
    return int(id_)
