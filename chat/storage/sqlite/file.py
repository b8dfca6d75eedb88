"""The file of the history in SQLite, and the two that SQLite keeps beside it while it is open.

A file of a database must not be opened here, not even to look: when any descriptor of it is
closed, the process loses all locks that SQLite has on it.
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

# How a file is opened: for writing; for reading, which leaves all as it is when the connection is
# closed, too; or without its log, and without regard to others.
WRITE = "mode=rw"
READ = "mode=ro"
READ_ALONE = "immutable=1"


def log_of(path: Path) -> Path:
    """The write-ahead log: what is stored and not in the file itself yet."""
    return path.with_name(f"{path.name}-wal")


def index_of(path: Path) -> Path:
    """The index of the log, which processes share; worth nothing when nobody has the file open."""
    return path.with_name(f"{path.name}-shm")


Identity = tuple[int, int] | None  # of a file: device and number; None where there is none
State = tuple[int, int, int] | None  # of a folder: the same, and when it was changed

# Nanoseconds after which another change gives a folder another time. The clocks of file systems
# tick every few milliseconds, those of old ones every two seconds.
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
        self._unchanged: list[State] = []  # the folders, when all was as it should be

    def now(self) -> list[Identity]:
        """Of all three."""
        return [_identity(name) for name in self._names]

    def of_database(self) -> Identity:
        """Of the first alone, which is quicker."""
        return _identity(self._names[0])

    def are(self, identities: list[Identity]) -> bool:
        """Whether these files are there. Where nothing came or went, the folder says so."""
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
    """The path, and what it leads to if it is a link, and so on."""
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
    """Its ctime says when it changed: nobody can set that, unlike its mtime."""
    try:
        status = os.stat(folder)  # noqa: PTH116  as above
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_ctime_ns


def create(path: Path) -> None:
    """Make the file where there is none, and let nobody but its owner read it.

    SQLite gives the two beside it the same rights. The file appears at its path only when it is
    closed, see above.
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
    """A log without its file may hold messages, and may be in use by a chat that still runs."""
    for file in (log_of(path), index_of(path)):
        if file.exists() and not path.exists():  # another process may be making it
            raise SettingsError(
                f"{path} is gone and {file.name} is not; put it back, or stop what uses it "
                f"and remove {log_of(path).name} and {index_of(path).name}"
            )


def connect(path: Path, how: str, timeout: float, factory: type[Connection]) -> Connection:
    """A connection to a file that is there.

    Args:
        path: The file.
        how: One of the three above.
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
    """Whether changes go into a log first."""
    (mode,) = database.execute("PRAGMA journal_mode").fetchone()
    return bool(mode == "wal")


def renew_id(database: sqlite3.Connection) -> None:
    """Give a file that nobody has open a new number, which its log will have, too."""
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
