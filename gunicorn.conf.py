"""Settings of gunicorn, which reads this file by itself.

`HOST` and `PORT` set the address. `SOCKET` names a Unix socket where it serves, too: for a proxy on
the same machine, which has to run as the same user.
"""

import logging
import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from chat.process import logs, starting


class Log(Logger):  # type: ignore[misc]
    """Gunicorn's own lines, in the same format as all other lines of the log."""

    def setup(self, cfg: Any) -> None:
        """Pass the lines to the log of the chat, instead of writing them."""
        super().setup(cfg)
        logs.set_up()
        self.error_log = logging.getLogger("gunicorn")


def nworkers_changed(server: Any, workers: int, before: int | None) -> None:
    """Stop the start if the worker settings are wrong; keep one worker on the signal TTIN."""
    if before is None:
        starting.check_worker(server.cfg)
    elif workers > 1:
        server.num_workers = 1
        server.log.warning("%s", starting.ONE_WORKER)


def on_starting(server: Any) -> None:
    """Stop the start if the address is in use, unless this process inherits the socket."""
    if not {"GUNICORN_FD", "LISTEN_FDS"} & os.environ.keys():
        for host, port in (each for each in server.cfg.address if isinstance(each, tuple)):
            starting.check_address(host, port)
        if path := os.environ.get("SOCKET"):
            starting.check_socket(path)
        starting.check_metrics(os.environ.get(starting.METRICS, ""))


def when_ready(_server: Any) -> None:
    """Serve by the Unix socket, before there is a worker."""
    starting.name_socket()


logs.set_up()
wsgi_app = "wsgi:app"
bind = starting.addresses()
umask = 0o177  # of the Unix socket: only the same user may connect
worker_class = starting.WORKER
workers = 1
worker_connections = 20_000
# Connections that wait while the worker is busy; to the Unix socket the next one fails at once. The
# kernel allows no more than net.core.somaxconn, usually 4096.
backlog = 16_384
limit_request_fields = 50  # headers of up to 8 KB each; anybody may send incomplete requests
keepalive = starting.keepalive()
timeout = 30  # seconds without a heartbeat until the worker is replaced
graceful_timeout = 10  # seconds for a planned stop, well within ECS's 30
logger_class = Log
control_socket_disable = True
# Headers of proxies count only with CHAT_PROXIES; gunicorn by default trusts those from loopback.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
sendfile = False  # sendfile(2) blocks the process, and fails on eventlet's non-blocking sockets

# The heartbeat is a change of a file; on a disk it would wait for other writes.
if Path("/dev/shm").is_dir():  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108
