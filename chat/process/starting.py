"""Checks at the start. If one fails, the process ends with one line that says what to do.

Gunicorn's master loads this module, so it imports little.
"""

import contextlib
import errno
import logging
import os
import socket
import stat
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from chat.addresses import listening

log = logging.getLogger("chat")

STOP_FOR_GOOD = 3  # the exit code after which gunicorn starts no other worker

FREE_WITHIN = 2.0  # seconds that an earlier process, which is ending, may still use the port

OWN_NAME = ".gunicorn"  # appended to the name of the Unix socket

METRICS = "CHAT_METRICS"

WORKER = "chat.delivery.worker.EventletWorker"
ONE_WORKER = (
    "workers: use 1; rooms and presence are in the memory of one process, "
    "and more capacity means more containers"
)


def stop(why: object) -> NoReturn:
    """End the process with a line that says why."""
    log.critical("Cloud Chat can't start. %s", why)
    sys.exit(STOP_FOR_GOOD)


def address() -> str:
    """The address to bind, from `HOST` and `PORT`: `127.0.0.1:8000` or `[::1]:8000`."""
    host = os.environ.get("HOST") or "127.0.0.1"
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        stop(f"PORT: {port} is not a port; use a number from 1 to 65535")
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def addresses() -> list[str]:
    """All addresses to bind: that of `address`, and the Unix socket that `SOCKET` names, if any.

    Gunicorn removes the file of its socket as soon as it is told to stop, but whoever polls has to
    fetch the goodbye. So gunicorn gets a name of its own, and `name_socket` adds that of `SOCKET`.
    """
    path = os.environ.get("SOCKET")
    return [address(), f"unix:{path}{OWN_NAME}"] if path else [address()]


def name_socket() -> None:
    """Let gunicorn's Unix socket, if it has one, be found where `SOCKET` says.

    A master that inherits the socket (signal USR2) finds it there.
    """
    if path := os.environ.get("SOCKET"):
        own = Path(f"{path}{OWN_NAME}")
        if not (Path(path).exists() and own.samefile(path)):
            Path(path).hardlink_to(own)


def keepalive() -> int:
    """Seconds that a connection waits for its next request.

    A browser loads a page with fewer. A load balancer has to be the first to close a connection: a
    request that it sends just when we do fails for somebody. That of AWS waits for 120 seconds.
    """
    return 150 if os.environ.get("CHAT_PROXIES", "0") not in {"", "0"} else 15


def check_worker(gunicorn: Any) -> None:
    """Stop if gunicorn's command line or environment sets something that the chat can't do."""
    if gunicorn.workers != 1 or os.environ.get("WEB_CONCURRENCY", "1") != "1":
        stop(f"{ONE_WORKER} (-w, WEB_CONCURRENCY, GUNICORN_CMD_ARGS)")
    if gunicorn.worker_class_str != WORKER:
        stop(f"worker_class: leave out -k, or use {WORKER}; others can't serve the chat's sockets")
    if gunicorn.preload_app:
        stop("preload_app: leave out --preload; the worker has to load the chat itself")


def check_address(
    host: str, port: int, host_setting: str = "HOST", port_setting: str = "PORT"
) -> None:
    """Stop if the address can't be bound; gunicorn would retry for five seconds, in ten lines.

    An address in use is retried: a worker whose master was killed frees the port a moment later.
    """
    deadline = time.monotonic() + FREE_WITHIN
    while error := _refusal(host, port):
        if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            stop(advice(host, port, error, host_setting, port_setting))
        time.sleep(0.1)


def check_socket(path: str) -> None:
    """Stop if the Unix socket can't be made; remove one that a killed process has left.

    One that answers belongs to a living process, which may be ending.
    """
    deadline = time.monotonic() + FREE_WITHIN
    while _answers(path):
        if time.monotonic() > deadline:
            stop(f"SOCKET: {path} is in use; end what serves there, or choose another path")
        time.sleep(0.1)
    try:
        if Path(path).exists():
            _remove_socket(path)
        _try_socket(path)
    except OSError as error:
        why = error.strerror or error
        stop(
            f"SOCKET: can't serve on {path} ({why}); name a path of at most 100 characters, in a "
            "folder that this user may write to"
        )


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError as error:
            return error.errno == errno.EAGAIN  # so many wait that no other fits
    return True


def _remove_socket(path: str) -> None:
    if not stat.S_ISSOCK(Path(path).stat().st_mode):
        stop(f"SOCKET: {path} is a file or a folder; name a path where nothing is")
    Path(path).unlink()


def _try_socket(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(path)
    Path(path).unlink()


def check_metrics(address: str) -> None:
    """Stop if CHAT_METRICS can't be bound; the worker itself may share it with an ending one."""
    with contextlib.suppress(ValueError):  # the worker says what is wrong with it
        host, port = listening(address)
        check_address(host, port, METRICS, METRICS)


def _refusal(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def advice(host: str, port: int, error: OSError, host_setting: str, port_setting: str) -> str:
    """What to do about an address that can't be bound."""
    if error.errno == errno.EADDRINUSE:
        return f"{port_setting}: {port} is in use; end what serves there, or choose another port"
    if error.errno == errno.EACCES:
        return f"{port_setting}: this user may not serve on {port}; choose one from 1024 on"
    why = error.strerror or error
    return f"{host_setting}: can't serve on {host} ({why}); 0.0.0.0 is all of this machine"
