"""Servers as real processes: the chat, as its users run it, and others that it needs."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from pathlib import Path

import requests

from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
GUNICORN = (sys.executable, "-m", "gunicorn", "--no-control-socket")
FLASK_RUN = (sys.executable, "-m", "flask", "run")
NOT_IN_PRODUCTION = Path(__file__).parent / "not_in_production"


# Below the ephemeral ports, which the kernel gives to connections of clients: a server that
# restarts must find its port free.
PORTS = range(10_000, 32_000)


def free_port():
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def is_listening(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A program that serves on a port of its own; what it prints goes to the file `log`.

    A subclass sets its `command`.
    """

    root = ROOT  # where it runs
    environment = None  # that of this process

    def __init__(self, log):
        self.port = free_port()
        self.log = log
        self.process = None

    def start(self, seconds=20):
        """Start, and wait until it is ready."""
        self.launch()
        wait_until(self._is_ready, seconds, "readiness")
        return self

    def launch(self):
        """Start, and don't wait."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that `kill` reaches its children, too
            )

    def _is_ready(self):
        assert self.process.poll() is None, self.output()
        return self.answers()

    def answers(self):
        return is_listening(self.port)

    def stop(self, seconds=15):
        """Stop with SIGTERM, as an orchestrator does; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self.kill()
        return code

    def kill(self):
        """Kill the process and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def freeze(self):
        """Stop all its processes for a while; its connections stay open."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.killpg(self.process.pid, signal.SIGCONT)

    def output(self):
        return self.log.read_text()


class ChatServer(Server):
    """A chat server, with its history below `folder`.

    `root` is where its code is. `settings` are environment variables without `CHAT_`, in lower
    case; `variables` are others.
    """

    def __init__(self, folder, command=GUNICORN, *, root=ROOT, variables=None, **settings):
        super().__init__(folder / "server.log")
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = command
        self.root = root
        environment = {"history": f"sqlite:///{folder}/chat.db"} | settings
        if "oidc_issuer" in settings:
            environment.setdefault("base_url", self.url)
        inherited = {name: v for name, v in os.environ.items() if not name.startswith("CHAT_")}
        self._environment = inherited | {
            f"CHAT_{name.upper()}": str(value) for name, value in environment.items()
        }
        self._environment["PYTHONPATH"] = str(NOT_IN_PRODUCTION)
        self._environment |= variables or {}

    @property
    def environment(self):
        where = {"HOST": "127.0.0.1", "PORT": str(self.port), "FLASK_RUN_PORT": str(self.port)}
        return self._environment | where

    def answers(self):
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def refusal(self, seconds=20):
        """Launch a server that can't start, and return its output."""
        self.launch()
        try:
            assert self.process.wait(seconds) != 0
        finally:
            self.kill()
        assert "Traceback" not in self.output()
        return self.output()


@contextlib.contextmanager
def serving(folder, command=GUNICORN, **settings):
    """Serve the chat until the end of the `with` block; what it logs is checked for tracebacks."""
    server = ChatServer(folder, command, **settings)
    try:
        yield server.start()
    finally:
        server.kill()
    assert "Traceback" not in server.output(), server.output()
