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

IN_FLIGHT = 64  # connections that are being made at the same time


class TrialError(Exception):
    """A server did not do what was asked of it, so its figures would mean nothing."""


@dataclass(frozen=True)
class Outcome:
    """What a job of the generator came to; see bench/load/jobs.c for `report`."""

    cpu: float  # seconds of the server
    report: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.report[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def is_complete(self) -> bool:
        """Whether everybody came and stayed, and all was answered and delivered exactly once."""
        return (
            self.ready == self.invited
            and self.acknowledged == self.sent
            and not (self.closed or self.wrong)
        )


class Trial:
    """Has the generator do jobs, and measures what they cost the server.

    Args:
        server: Under test.
        generator: The process of the load generator.
        folder: For files of this trial.
    """

    def __init__(self, server: Server, generator: subprocess.Popen, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._generator = generator

    def connect(self, people: int) -> Outcome:
        """So many more people connect and join, spread over the rooms."""
        return self._demand("connect", people, IN_FLIGHT)

    def visit(self, people: int) -> Outcome:
        """So many people connect, join the first room, and go again."""
        return self._demand("visit", people, 16)

    def send(self, rate: float, seconds: float) -> Outcome:
        """People send so many messages a second; all have to arrive."""
        return self._demand("send", rate, seconds)

    def try_to_send(self, rate: float, seconds: float) -> Outcome:
        """The same, whether all arrive or not."""
        return self._do("send", rate, seconds)

    def post(self, senders: int, messages: int) -> Outcome:
        """So many people send messages, each the next one when the last is acknowledged."""
        return self._demand("post", senders, messages)

    def pages(self, count: int, ids: Path) -> Outcome:
        """Read pages of history before the messages whose ids a file lists."""
        return self._demand("pages", count, 4, ids)

    def idle(self, seconds: float) -> Outcome:
        """Do nothing but stay connected."""
        return self._demand("idle", seconds)

    def _demand(self, *job: object) -> Outcome:
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
    """A fresh server of that kind, and a generator for so many people.

    Args:
        name: Of the kind of server.
        people: Most who will connect.
        rooms: That the server has; people spread over them.
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
    cookies.write_text("".join(f"{cookie}\n" for cookie in server.kind.cookies(people)))
    command = [str(tools.LOAD), str(server.port), str(cookies), str(rooms)]
    command += ["typing"] if typing else []
    with processes.running(command, processes.LOAD_CORE, log=log, pipes=True) as generator:
        yield generator
