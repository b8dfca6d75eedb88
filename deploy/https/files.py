"""How many connections fit into the files that this process may open."""

import resource

OTHERS = 500  # connections to port 8080
OWN = 200  # files of HAProxy itself


def allowed() -> int:
    """The number of files that HAProxy may open: it raises the soft limit to the hard one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if hard == resource.RLIM_INFINITY else hard


def fitting(connections: int, files: int) -> tuple[int, int]:
    """Connections by HTTPS, and to port 8080; each by HTTPS needs a second file, to the chat."""
    most = max(2, (files - OWN) // 2)
    others = min(OTHERS, most // 2)
    return min(connections, most - others), others


def needed(connections: int) -> int:
    """The files for so many connections by HTTPS."""
    return 2 * (connections + OTHERS) + OWN
