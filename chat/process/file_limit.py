"""The limit of file descriptors of the process: each connection needs one."""

import logging
import resource

log = logging.getLogger("chat")

# File descriptors beside the connections of members: for the history, the log, HTTP requests, and
# the connections of strangers, which have a limit of their own (`delivery/newcomers.py`).
SPARE_FILES = 2048


def raise_file_limit(connections: int) -> None:
    """Raise the soft limit of file descriptors for this number of connections; 0 is no limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + SPARE_FILES if connections else hard
    if hard != resource.RLIM_INFINITY and needed > hard:
        log.warning(
            "CHAT_SOCKETS: %d connections don't fit into the %d files that may be open; "
            "allow %d (`ulimit -n`, or the ulimits of the container), or lower it",
            connections,
            hard,
            needed,
        )
        needed = hard
    if soft not in {needed, resource.RLIM_INFINITY}:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
