"""Twenty strangers, or twenty members, flood the server: how slow it becomes for the others.

The server has its default limits, and a core of its own.
"""

import contextlib
import sys
import tempfile
import time
from pathlib import Path

from bench import processes
from bench.attackers import ATTACKERS, FLOODS, MEMBERS
from bench.cases.base import Case, Figure, Target
from bench.neighbours import Neighbour, latencies
from bench.servers import Server, serving

NEIGHBOURS = 11
RATE = 15.0  # messages a second of all neighbours, below the limit of each
# The 99th percentile of 210 messages leaves out two, such as those of one freeze of the machine.
SECONDS = 14.0
MOST_MORE = 100.0  # milliseconds
MEMORY = 400.0  # MB; the task has 700


def measure(server: str, _size: int) -> dict[str, float]:
    """Measure without a flood, then during each flood."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        serving(server, Path(name), has_limits=True) as under_attack,
    ):
        folder = Path(name)
        *cookies, last = under_attack.cookies(ATTACKERS + NEIGHBOURS)
        (folder / "cookies").write_text("\n".join(cookies[:ATTACKERS]))
        neighbours = [
            Neighbour(under_attack.port, f"127.0.2.{number + 1}", cookie)
            for number, cookie in enumerate([*cookies[ATTACKERS:], last])
        ]
        quiet = _p99(neighbours)
        sample = {"quiet": quiet}
        most = under_attack.resident_bytes()
        for kind in FLOODS:
            with _attack(under_attack, kind, folder):
                time.sleep(1)
                sample[kind] = _p99(neighbours) - quiet
                most = max(most, under_attack.resident_bytes())
        return sample | {"memory": most / 1e6}


def _p99(neighbours: list[Neighbour]) -> float:
    """The 99th percentile of the latencies, in milliseconds."""
    took = sorted(latencies(neighbours, RATE, SECONDS))
    return took[int(len(took) * 0.99)] * 1000


@contextlib.contextmanager
def _attack(server: Server, kind: str, folder: Path):
    command = [sys.executable, "-m", "bench.attackers", str(server.port), kind]
    command.append(str(folder / "cookies"))
    log = folder / "attackers.log"
    root = Path(__file__).parents[2]
    with processes.running(command, processes.LOAD_CORE, log=log, cwd=root) as process:
        yield
        if process.poll() is not None:
            raise RuntimeError(f"the attackers ended: {log.read_text()}")


def _figure(kind: str) -> Figure:
    who = "members" if kind in MEMBERS else "strangers"
    title = f"added to the 99th percentile: {FLOODS[kind].title} ({who})"
    return Figure(kind, title, "ms", (Target("itself", MOST_MORE),))


CASE = Case(
    "attacks",
    f"{ATTACKERS} attackers with 160 connections flood the server while neighbours talk",
    ("ours",),
    measure,
    (
        Figure("quiet", "from send to receive without an attack, 99th percentile", "ms"),
        *map(_figure, FLOODS),
        Figure("memory", "peak memory of the server process", "MB", (Target("itself", MEMORY),)),
    ),
)
