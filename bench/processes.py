"""Processes of a benchmark: pinned to a core, measured through /proc, and always terminated."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

SERVER_CORE, LOAD_CORE = 0, -1  # the first and the last core that this process may use

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def running(
    command: Sequence[str],
    core: int,
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    pipes: bool = False,
) -> Iterator[subprocess.Popen]:
    """Run a command until the end of the `with` block; then kill it with all its children."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipes else file,
            stderr=file,
            text=True,
            env=env,
            cwd=cwd,
            start_new_session=True,  # so that the signal below reaches the children, too
            preexec_fn=lambda: _settle(core),  # noqa: PLW1509  nothing else runs here
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _close(process.stdin, process.stdout)


def _settle(core: int) -> None:
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _close(*files: IO[str] | None) -> None:
    for file in filter(None, files):
        with contextlib.suppress(BrokenPipeError):
            file.close()


def family(pid: int) -> list[int]:
    """A process and all its descendants, itself first."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def cpu_seconds(pid: int) -> float:
    """CPU time that all threads of a process have used, in user space and in the kernel."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / _TICKS


def resident_bytes(pid: int) -> int:
    """Resident memory of a process, including memory that it shares with others."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def free_port() -> int:
    """A port that is not in use."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_listening(port: int) -> bool:
    """Whether a server listens; checked without a connection, which would count as a client."""
    sockets = Path("/proc/net/tcp").read_text()
    return f"0100007F:{port:04X} 00000000:0000 0A" in sockets


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: It did not come true.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} took more than {seconds:g} s")
        time.sleep(0.005)
