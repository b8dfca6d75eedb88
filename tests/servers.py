"""Runs the chat as its users do, as a real process: under gunicorn, or with `flask run`."""

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


class ChatServer:
    """A chat server on a port of its own, with its history below `folder`.

    `root` is where its code is. `settings` are environment variables without `CHAT_`, in lower
    case; `variables` are others.
    """

    def __init__(self, folder, command=GUNICORN, *, root=ROOT, variables=None, **settings):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.process = None
        self._command = command
        self._root = root
        environment = {"history": f"sqlite:///{folder}/chat.db"} | settings
        if "oidc_issuer" in settings:
            environment.setdefault("base_url", self.url)
        inherited = {name: v for name, v in os.environ.items() if not name.startswith("CHAT_")}
        self._environment = inherited | {
            f"CHAT_{name.upper()}": str(value) for name, value in environment.items()
        }
        self._environment["PYTHONPATH"] = str(NOT_IN_PRODUCTION)
        self._environment |= variables or {}

    def start(self, seconds=20):
        """Start, and wait until the chat is ready."""
        self.launch()
        wait_until(self._is_ready, seconds, "readiness")
        return self

    def launch(self):
        """Start, and don't wait."""
        where = {"HOST": "127.0.0.1", "PORT": str(self.port), "FLASK_RUN_PORT": str(self.port)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._root,
                env=self._environment | where,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that `kill` reaches its children, too
            )

    def _is_ready(self):
        assert self.process.poll() is None, self.output()
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

    def output(self):
        return self.log.read_text()


@contextlib.contextmanager
def serving(folder, command=GUNICORN, **settings):
    """Serve the chat until the end of the `with` block; what it logs is checked for tracebacks."""
    server = ChatServer(folder, command, **settings)
    try:
        yield server.start()
    finally:
        server.kill()
    assert "Traceback" not in server.output(), server.output()
