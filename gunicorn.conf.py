"""How gunicorn serves the chat; it reads this file by itself. `HOST` and `PORT` say where."""

import logging
import os
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from chat.process import logs, starting


class Log(Logger):  # type: ignore[misc]
    """Gunicorn's own lines, in the form of all others."""

    def setup(self, cfg: Any) -> None:
        """Hand them on instead of writing them."""
        super().setup(cfg)
        logs.set_up()
        self.error_log = logging.getLogger("gunicorn")


def nworkers_changed(server: Any, workers: int, before: int | None) -> None:
    """Stop here if the chat can't run like this; stay with one worker at the signal TTIN."""
    if before is None:
        starting.check_worker(server.cfg)
    elif workers > 1:
        server.num_workers = 1
        server.log.warning("%s", starting.ONE_WORKER)


def on_starting(server: Any) -> None:
    """Stop here if the address is taken, unless an earlier process hands it over."""
    if not {"GUNICORN_FD", "LISTEN_FDS"} & os.environ.keys():
        for host, port in (each for each in server.cfg.address if isinstance(each, tuple)):
            starting.check_address(host, port)


logs.set_up()
wsgi_app = "wsgi:app"
bind = starting.address()
worker_class = starting.WORKER
workers = 1
worker_connections = 20_000
limit_request_fields = 50  # of up to 8 KB each, which a stranger may send without an end
keepalive = 15  # seconds between two requests of a browser that loads the page
timeout = 30  # seconds without a sign of life until the worker is replaced
graceful_timeout = 10  # seconds for a planned stop, well within ECS's 30
logger_class = Log
control_socket_disable = True
# What proxies say counts with CHAT_PROXIES only; gunicorn would believe all of this machine.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
sendfile = False  # blocks, and refuses eventlet's sockets, which don't

# The heartbeat is a file that changes; on a disk it would wait for other writes.
if Path("/dev/shm").is_dir():  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108
