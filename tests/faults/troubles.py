"""What can go wrong with a server and its machine, each for a while."""

import contextlib
import os
import resource
import signal
import sqlite3
import threading
import time
from pathlib import Path


def kill(server):
    """The process is gone at once, with all its memory, and another one starts."""
    server.kill()
    server.start()


def restart(server):
    """A planned stop."""
    assert server.stop() == 0, server.output()
    server.start()


@contextlib.contextmanager
def frozen(server):
    """No process of the server runs; its connections stay open."""
    os.killpg(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(server.process.pid, signal.SIGCONT)


@contextlib.contextmanager
def dead(server):
    """The process is gone for a while."""
    server.kill()
    yield
    server.start()


@contextlib.contextmanager
def cut_off(arena, *servers):
    """Nothing passes between servers and the bus, and no connection ends because of it."""
    for server in servers:
        arena.loop.call(server.path.hold)
    yield
    for server in servers:
        arena.loop.call(server.path.release)


@contextlib.contextmanager
def refused(arena, *servers):
    """Servers can't connect to the bus."""
    for server in servers:
        arena.loop.call(server.path.refuse)
    yield
    for server in servers:
        arena.loop.run(server.path.listen())


@contextlib.contextmanager
def locked(path):
    """Another process writes to the database and doesn't finish."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


@contextlib.contextmanager
def full_disk(server, path):
    """No file of the server may grow, as on a full disk.

    The process gets a limit of the file size (RLIMIT_FSIZE), which is removed afterwards.
    """
    size = max(file.stat().st_size for file in path.parent.iterdir() if file.is_file())
    worker = worker_pid(server)
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(worker, resource.RLIMIT_FSIZE, before)


def worker_pid(server):
    master = server.process.pid
    children = Path(f"/proc/{master}/task/{master}/children").read_text()
    return int(children.split()[0])


def memory_of(server):
    """Bytes of memory that the server's worker has."""
    status = Path(f"/proc/{worker_pid(server)}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


def descriptors_of(server):
    """How many descriptors the server's worker has open."""
    return sum(1 for _ in Path(f"/proc/{worker_pid(server)}/fd").iterdir())


@contextlib.contextmanager
def going_on(action, every):
    """Call `action` in another thread, with pauses of `every()` seconds."""
    over = threading.Event()

    def act():
        while not over.wait(every()):
            action()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def wait(seconds):
    time.sleep(seconds)


def until(condition, seconds):
    """Wait for a condition, and check it twice a second."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.5)
