"""A server without clients."""

import tempfile
import time
from pathlib import Path

from bench.cases.base import Case, Figure, Target
from bench.servers import serving


def measure(server: str, _size: int) -> dict[str, float]:
    """Start the server, and measure it after two seconds."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        serving(server, Path(folder)) as idle,
    ):
        time.sleep(2)
        return {"memory": idle.resident_bytes() / 1e6, "ready": idle.ready_after}


CASE = Case(
    "idle",
    "A server that has just been started",
    ("ours", "node", "stock"),
    measure,
    (
        Figure("memory", "memory of the server process", "MB", (Target("itself", 70.0),)),
        Figure("ready", "ready after", "s", (Target("itself", 1.5),)),
    ),
)
