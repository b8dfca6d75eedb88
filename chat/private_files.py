"""Files that nobody but their owner may read, and that appear at their path in one step."""

import errno
import logging
import os
import stat
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

OTHERS = 0o077  # the permissions of everybody but the owner

# What `os.link` says on a file system that has no hard links.
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP}


class NoHardLinks(Exception):
    """The file system has no hard links, so a file can't appear in one step."""


def publish(draft: str, path: Path) -> None:
    """Give a complete file its path; a file that is already at the path stays.

    Args:
        draft: The path of the complete file, in the same folder.
        path: Its final path.

    Raises:
        NoHardLinks: It can't be done on this file system.
    """
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        raise NoHardLinks from error


def keep_from_others(path: Path) -> None:
    """Remove the permissions of others from a file made by hand, or by an older version."""
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS:
            try:
                path.chmod(mode & ~OTHERS)
            except OSError as error:
                log.warning("%s can be read by others: %s", path, error)
