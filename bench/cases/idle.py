"""A server that nobody has come to yet."""

import tempfile
import time
from pathlib import Path

from bench.cases.base import Case, Figure, Target
from bench.servers import serving


def measure(server: str, _size: int) -> dict[str, float]:
    """Start, and look."""
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
        Figure("memory", "memory of the process that serves", "MB", (Target("itself", 70.0),)),
        Figure("ready", "ready after", "s", (Target("itself", 1.5),)),
    ),
)
