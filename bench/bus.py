"""A Valkey server, which joins several processes of a chat."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench import processes
from scripts.valkey import valkey_server


class Bus(NamedTuple):
    """A server that is ready."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """CPU time so far."""
        return processes.cpu_seconds(self.pid)


@contextlib.contextmanager
def valkey() -> Iterator[Bus]:
    """Run the server on the core of the load generator."""
    port = processes.free_port()
    command = [valkey_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        log = Path(folder) / "valkey.log"
        with processes.running(command, processes.LOAD_CORE, log=log) as process:
            processes.wait_until(lambda: processes.is_listening(port), 10, "the start of Valkey")
            yield Bus(f"redis://127.0.0.1:{port}", process.pid)
