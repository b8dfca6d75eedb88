"""A Valkey server, which joins several processes of a chat."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import processes
from scripts.valkey import valkey_server


@contextlib.contextmanager
def valkey() -> Iterator[str]:
    """Run the server on the core of the load generator; gives its URL."""
    port = processes.free_port()
    command = [valkey_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        log = Path(folder) / "valkey.log"
        with processes.running(command, processes.LOAD_CORE, log=log):
            processes.wait_until(lambda: processes.is_listening(port), 10, "the start of Valkey")
            yield f"redis://127.0.0.1:{port}"
