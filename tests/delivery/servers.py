"""Runs gunicorn with the project's worker as a real process, for tests over real sockets."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.servers import free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


class Server:
    """A gunicorn master with one worker, listening on a free port of the loopback."""

    def __init__(self, application, log, options, environment):
        self.log = log
        self.port = free_port()  # still free at a restart
        self._application = application
        self._options = options
        self._environment = environment
        self._start()

    def _start(self):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self.port))
            listener.listen(512)
            command = [
                sys.executable,
                "-m",
                "gunicorn",
                "-k",
                "chat.delivery.worker.EventletWorker",
            ]
            command += ["--bind", f"fd://{listener.fileno()}", "--no-control-socket"]
            with self.log.open("wb") as out:
                self.process = subprocess.Popen(
                    [*command, *self._options, self._application],
                    cwd=self.log.parent,  # so that gunicorn finds no gunicorn.conf.py
                    env=os.environ | {"PYTHONPATH": str(ROOT)} | self._environment,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    pass_fds=[listener.fileno()],
                    start_new_session=True,  # so that `close` reaches the worker too
                )

    def restart(self):
        """Stop gracefully, and start again on the same port."""
        self.terminate()
        self.wait(20)
        self._start()

    def output(self):
        return self.log.read_text()

    def worker_pid(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return int(children.split()[0])

    def get(self, path, timeout=PATIENCE):
        with contextlib.closing(self.connect_http(timeout)) as connection:
            connection.request("GET", path)
            return connection.getresponse().read().decode()

    def connect_http(self, timeout=PATIENCE):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def connect(self, timeout=PATIENCE):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def terminate(self):
        """Ask for a graceful stop, as an orchestrator does."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds=PATIENCE):
        return self.process.wait(seconds)

    def close(self):
        """Kill all processes, whatever the test did."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def running(application, tmp_path, *options, **environment):
    """Run `application` (`module:name`) under gunicorn until the end of the `with` block."""
    server = Server(application, tmp_path / "gunicorn.log", options, environment)
    try:
        yield server
    finally:
        server.close()
