"""A trial: a server, or several that are joined, under the load of one generator."""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import processes, tools
from bench.bus import Bus
from bench.servers import Server, joined, serving

IN_FLIGHT = 64  # connections that are opened at the same time


class TrialError(Exception):
    """A server failed to do a job completely, so its figures would be meaningless."""


@dataclass(frozen=True)
class Outcome:
    """The result of a job of the load generator; see bench/load/job.c for `report`.

    The figures are CPU seconds, `cpus` those of each server, and `bus` those of the bus.
    """

    cpus: tuple[float, ...]
    bus: float
    report: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.report[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def cpu(self) -> float:
        """CPU seconds of all servers together."""
        return sum(self.cpus)

    @property
    def is_complete(self) -> bool:
        """Whether all clients joined and stayed, and every message was delivered exactly once."""
        return self.is_complete_in_the_end and not self.closed

    @property
    def is_complete_in_the_end(self) -> bool:
        """The same, but it may have taken clients several attempts to join."""
        return self.ready == self.invited and self.acknowledged == self.sent and not self.wrong


class Trial:
    """Runs jobs of the load generator, and measures their CPU time in the servers.

    Args:
        servers: Those under test: one, or several that serve one chat.
        bus: What joins them.
        generator: The process of the load generator.
        folder: For files of this trial.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        bus: Bus | None,
        generator: subprocess.Popen,
        folder: Path,
    ) -> None:
        self.servers = list(servers)
        self.folder = folder
        self._bus = bus
        self._generator = generator

    @property
    def server(self) -> Server:
        """The first server."""
        return self.servers[0]

    def connect(self, people: int) -> Outcome:
        """Connect more people; they join, spread over the rooms."""
        return self._do_completely("connect", people, IN_FLIGHT)

    def visit(self, people: int) -> Outcome:
        """Let people connect, join the first room, and disconnect."""
        return self._do_completely("visit", people, 16)

    def send(self, rate: float, seconds: float) -> Outcome:
        """Send messages, `rate` a second; raises TrialError unless all arrive."""
        return self._do_completely("send", rate, seconds)

    def send_at_first(self, rate: float, seconds: float) -> Outcome:
        """Do the same, but only people of the first server send."""
        return self._do_completely("send-at-first", rate, seconds)

    def try_to_send(self, rate: float, seconds: float) -> Outcome:
        """Send messages as `send` does, but accept losses."""
        return self._do("send", rate, seconds)

    def post(self, senders: int, messages: int) -> Outcome:
        """Let people send messages; each sends the next one when the last is acknowledged."""
        return self._do_completely("post", senders, messages)

    def pages(self, count: int, ids: Path) -> Outcome:
        """Read pages of history before the messages whose ids a file lists."""
        return self._do_completely("pages", count, 4, ids)

    def idle(self, seconds: float) -> Outcome:
        """Stay connected and do nothing."""
        return self._do_completely("idle", seconds)

    def lose_last(self, rate: float, spread: float) -> Outcome:
        """Kill the last server; its people come back to the first, whose people send meanwhile.

        `closed` counts attempts that failed; whoever made them tried again.

        Args:
            rate: Messages a second.
            spread: Seconds within which they come back, each after a random part of it.
        """
        lost = self.servers.pop()
        outcome = self._do("come-back", rate, spread, meanwhile=lost.kill)
        return self._require(outcome.is_complete_in_the_end, outcome, "come-back")

    def _do_completely(self, *job: object) -> Outcome:
        outcome = self._do(*job)
        return self._require(outcome.is_complete, outcome, *job)

    def _require(self, is_enough: bool, outcome: Outcome, *job: object) -> Outcome:
        if not is_enough:
            raise TrialError(f"{self.server.kind.title}: {job} gave {outcome.report}")
        return outcome

    def _do(self, *job: object, meanwhile: Callable[[], None] | None = None) -> Outcome:
        *before, bus_before = self._cpu_seconds()
        self._generator.stdin.write(" ".join(map(str, job)) + "\n")
        self._generator.stdin.flush()
        if meanwhile:
            meanwhile()
        line = self._generator.stdout.readline()
        if not line:
            raise TrialError(f"the load generator ended during {job}")
        *after, bus_after = self._cpu_seconds()
        cpus = tuple(late - early for late, early in zip(after, before, strict=True))
        return Outcome(cpus, bus_after - bus_before, json.loads(line))

    def _cpu_seconds(self) -> list[float]:
        """Those of all servers, and last those of the bus."""
        bus = self._bus.cpu_seconds() if self._bus else 0.0
        return [*(server.cpu_seconds() for server in self.servers), bus]


@contextlib.contextmanager
def trial(
    name: str,
    people: int,
    *,
    rooms: int = 1,
    typing: bool = False,
    dynamodb: str | None = None,
    prepare: Callable[[Path], None] = lambda _folder: None,
    containers: int = 1,
    apart: bool = False,
) -> Iterator[Trial]:
    """A new server, and a load generator for it.

    Args:
        name: The kind of server.
        people: The most people who will connect.
        rooms: The number of rooms; people are spread over them.
        typing: Whether people enter the namespace /typing, too, as the browser does.
        dynamodb: Where the server stores messages; see `bench.servers.Launch`.
        prepare: Called with the folder of the trial before the server starts.
        containers: How many servers there are; a bus joins them.
        apart: Whether the people of each room are at one server, and not spread over all.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder_name:
        folder = Path(folder_name)
        prepare(folder)
        with (
            _serving(name, folder, containers, rooms, dynamodb) as (servers, bus),
            generating(
                folder,
                [server.port for server in servers],
                servers[0].cookies(people),
                rooms,
                typing=typing,
                apart=apart,
            ) as generator,
        ):
            yield Trial(servers, bus, generator, folder)


@contextlib.contextmanager
def _serving(
    name: str, folder: Path, containers: int, rooms: int, dynamodb: str | None
) -> Iterator[tuple[list[Server], Bus | None]]:
    if containers > 1:
        with joined(name, folder, containers, rooms=rooms, dynamodb=dynamodb) as (servers, bus):
            yield servers, bus
    else:
        with serving(name, folder, rooms=rooms, dynamodb=dynamodb) as server:
            yield [server], None


@contextlib.contextmanager
def generating(
    folder: Path,
    ports: Sequence[int],
    cookies: Sequence[str],
    rooms: int,
    *,
    typing: bool = False,
    apart: bool = False,
) -> Iterator[subprocess.Popen]:
    """Run the load generator.

    Args:
        folder: For its files.
        ports: Of the servers.
        cookies: One for each person who may connect.
        rooms: Their number.
        typing: Whether people enter the namespace /typing, too.
        apart: Whether the people of each room are at one port.
    """
    file, log = folder / "cookies", folder / "generator.log"
    file.write_text("".join(f"{cookie}\n" for cookie in cookies))
    command = [str(tools.LOAD), ",".join(map(str, ports)), str(file), str(rooms)]
    command += ["typing"] * typing + ["apart"] * apart
    with processes.running(command, processes.LOAD_CORE, log=log, pipes=True) as generator:
        yield generator
