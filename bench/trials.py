"""A trial: one server under the load of one generator."""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import processes, tools
from bench.servers import Server, serving

IN_FLIGHT = 64  # connections that are opened at the same time


class TrialError(Exception):
    """A server failed to do a job completely, so its figures would be meaningless."""


@dataclass(frozen=True)
class Outcome:
    """The result of a job of the load generator; see bench/load/jobs.c for `report`."""

    cpu: float  # CPU seconds of the server
    report: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.report[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def is_complete(self) -> bool:
        """Whether all clients joined and stayed, and every message was delivered exactly once."""
        return (
            self.ready == self.invited
            and self.acknowledged == self.sent
            and not (self.closed or self.wrong)
        )


class Trial:
    """Runs jobs of the load generator, and measures their CPU time in the server.

    Args:
        server: The server under test.
        generator: The process of the load generator.
        folder: For files of this trial.
    """

    def __init__(self, server: Server, generator: subprocess.Popen, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._generator = generator

    def connect(self, people: int) -> Outcome:
        """Connect more people; they join, spread over the rooms."""
        return self._do_completely("connect", people, IN_FLIGHT)

    def visit(self, people: int) -> Outcome:
        """Let people connect, join the first room, and disconnect."""
        return self._do_completely("visit", people, 16)

    def send(self, rate: float, seconds: float) -> Outcome:
        """Send messages, `rate` a second; raises TrialError unless all arrive."""
        return self._do_completely("send", rate, seconds)

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

    def _do_completely(self, *job: object) -> Outcome:
        outcome = self._do(*job)
        if not outcome.is_complete:
            raise TrialError(f"{self.server.kind.title}: {job} gave {outcome.report}")
        return outcome

    def _do(self, *job: object) -> Outcome:
        before = self.server.cpu_seconds()
        self._generator.stdin.write(" ".join(map(str, job)) + "\n")
        self._generator.stdin.flush()
        line = self._generator.stdout.readline()
        if not line:
            raise TrialError(f"the load generator ended during {job}")
        return Outcome(self.server.cpu_seconds() - before, json.loads(line))


@contextlib.contextmanager
def trial(
    name: str,
    people: int,
    *,
    rooms: int = 1,
    typing: bool = False,
    dynamodb: str | None = None,
    prepare: Callable[[Path], None] = lambda _folder: None,
) -> Iterator[Trial]:
    """A new server, and a load generator for it.

    Args:
        name: The kind of server.
        people: The most people who will connect.
        rooms: The number of rooms; people are spread over them.
        typing: Whether people enter the namespace /typing, too, as the browser does.
        dynamodb: Where the server stores messages; see `bench.servers.Launch`.
        prepare: Called with the folder of the trial before the server starts.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder_name:
        folder = Path(folder_name)
        prepare(folder)
        with (
            serving(name, folder, rooms=rooms, dynamodb=dynamodb) as server,
            _generating(folder, server, people, rooms, typing=typing) as generator,
        ):
            yield Trial(server, generator, folder)


@contextlib.contextmanager
def _generating(
    folder: Path, server: Server, people: int, rooms: int, *, typing: bool
) -> Iterator[subprocess.Popen]:
    cookies, log = folder / "cookies", folder / "generator.log"
    cookies.write_text("".join(f"{cookie}\n" for cookie in server.cookies(people)))
    command = [str(tools.LOAD), str(server.port), str(cookies), str(rooms)]
    command += ["typing"] if typing else []
    with processes.running(command, processes.LOAD_CORE, log=log, pipes=True) as generator:
        yield generator
