"""Serve the chat by several processes behind a load balancer, joined by a bus: `make cluster`.

It prints what the processes log. A part that ends is started again, so `kill -TERM` of one process
after the other is a rolling update. Ctrl-C ends all in order: nobody new gets in, the processes
make their planned stop, then the bus ends.
"""

import argparse
import contextlib
import os
import pty
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from chat.process import starting
from tests.balancers import Balancer
from tests.servers import ROOT, ChatServer, Server
from tests.valkeys import Valkey

END_WITHIN = 20.0  # seconds; the planned stop of a process takes ten at most


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    address = starting.address()
    host, _, port = address.rpartition(":")
    starting.check_address(host.strip("[]"), int(port))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder), options.processes, address)
        with contextlib.suppress(KeyboardInterrupt), cluster.running():
            cluster.watch()
    return 0


class Cluster:
    """The parts by their names, in the order in which they are started."""

    def __init__(self, folder: Path, processes: int, address: str) -> None:
        self.bus = Valkey(folder)
        self.chats = {
            f"chat {number}": Chat(f"chat {number}", self.bus, folder)
            for number in range(1, processes + 1)
        }
        ports = [chat.port for chat in self.chats.values()]
        self.balancer = Balancer(folder, ports, address=address)
        self.parts: dict[str, Server] = {"bus": self.bus, **self.chats, "balancer": self.balancer}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        try:
            for name in self.parts:
                self._start(name)
            say(f"Open {self.balancer.url}; Ctrl-C ends it. For a rolling update,")
            say("kill -TERM one chat after the other, each when the one before is back.")
            yield
        finally:
            try:
                self._end()
            finally:
                self._kill()

    def _start(self, name: str) -> None:
        part = self.parts[name]
        try:
            part.start()
        except AssertionError as why:
            sys.exit(f"{name} can't be started. {why}")
        say(f"{name:<9} {part.url:<30} pid {part.process.pid}")

    def watch(self) -> None:
        """Start parts again that have ended, for ever."""
        while True:
            for name, part in self.parts.items():
                code = part.process.poll()
                if code is not None:
                    say(f"{name} has ended ({reason(code)}), and is started again")
                    self._start(name)
            time.sleep(0.2)

    def _end(self) -> None:
        say("Ending; Ctrl-C again does so at once")
        signal_to(self.balancer, signal.SIGUSR1)  # it ends with its last connection
        for chat in self.chats.values():
            signal_to(chat, signal.SIGTERM)
        for part in (*self.chats.values(), self.balancer):
            with contextlib.suppress(subprocess.TimeoutExpired):  # it is frozen
                if part.process:
                    part.process.wait(END_WITHIN)

    def _kill(self) -> None:
        for part in self.parts.values():
            if part.process:
                part.kill()


class Chat(ChatServer):
    """A process of the chat with the settings of this process, whose log is printed."""

    def __init__(self, name: str, bus: Valkey, folder: Path) -> None:
        super().__init__(folder)
        self._name = name
        self._bus = bus

    @property
    def environment(self) -> dict[str, str]:
        where = {"HOST": "127.0.0.1", "PORT": str(self.port)}
        return os.environ | where | {"CHAT_BUS": self._bus.url, "CHAT_PROXIES": "1"}

    def launch(self) -> None:
        mine, its = pty.openpty()  # on a terminal the log is readable text
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=its,
            stderr=its,
            start_new_session=True,  # Ctrl-C would reach it before its turn
        )
        os.close(its)
        self._printer = threading.Thread(target=self._print, args=[mine], daemon=True)
        self._printer.start()

    def _print(self, log: int) -> None:
        with open(log, errors="replace") as lines, contextlib.suppress(OSError):  # at its end
            for line in lines:
                say(f"{self._name}: {line.rstrip()}")

    def output(self) -> str:
        self._printer.join(5)
        return "Its log is above."


def signal_to(part: Server, number: int) -> None:
    if part.process and part.process.poll() is None:
        part.process.send_signal(number)


def reason(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
