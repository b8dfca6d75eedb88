"""How many files the process may have open: each connection is one."""

import logging
import resource

log = logging.getLogger("chat")

# Open files beside the connections of members: those of the history and of the log, pages that are
# loaded, and strangers, who have places of their own (`delivery/newcomers.py`).
SPARE_FILES = 2048


def raise_file_limit(connections: int) -> None:
    """Let so many connections be open at once, each of which is an open file; 0 is no limit."""
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
