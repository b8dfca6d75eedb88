"""The servers that are compared: ours, the Node chat, stock Flask-SocketIO, and the floor."""

import contextlib
import http.client
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import processes, tools
from bench.bus import Bus, valkey
from bench.cookies import SECRET_KEY, chat_cookies, flask_cookies, node_cookies
from chat.realtime.activity import EVENTS_A_SECOND, LEAST_EVENTS_A_SECOND

ROOT = Path(__file__).parents[1]
READY_WITHIN = 30.0  # seconds
UNLIMITED = (
    "SEND_RATE",
    "EVENT_RATE",
    "SIGN_IN_RATE",
    "SOCKETS",
    "SOCKETS_PER_USER",
    "SOCKETS_PER_ADDRESS",
)


@dataclass(frozen=True)
class Launch:
    """How a server is started.

    `dynamodb` is the URL of a stand-in; without one, Cloud Chat stores messages in SQLite and the
    others keep them in memory, which is in their favour. With `has_limits` Cloud Chat has its
    default limits, otherwise none. `bus` is the URL of a server that joins several processes of
    the chat, `containers` their number.
    """

    port: int
    folder: Path
    rooms: int
    dynamodb: str | None
    has_limits: bool = False
    bus: str | None = None
    containers: int = 1


@dataclass(frozen=True)
class Kind:
    """A kind of server."""

    title: str
    command: Callable[[Launch], list[str]]
    environment: Callable[[Launch], dict[str, str]]
    cookies: Callable[[int, Mapping[str, str]], list[str]]


def _ours(launch: Launch) -> dict[str, str]:
    dynamodb = f"dynamodb://ChatMessages?region=us-east-1&endpoint_url={launch.dynamodb}"
    return {
        "HOST": "127.0.0.1",
        "PORT": str(launch.port),
        "CHAT_SECRET_KEY": SECRET_KEY,
        "CHAT_ROOMS": ",".join(f"Room {number}" for number in range(launch.rooms)),
        "CHAT_HISTORY": dynamodb if launch.dynamodb else f"sqlite:///{launch.folder}/chat.db",
        **({"CHAT_BUS": launch.bus} if launch.bus else {}),
        **({} if launch.has_limits else {f"CHAT_{name}": "0" for name in UNLIMITED}),
    }


def _built(launch: Launch) -> dict[str, str]:
    return _ours(launch) | {"STATIC_FOLDER": str(ROOT / "build/static")}


def _node(launch: Launch) -> dict[str, str]:
    """Each process of Node sends activity to the people of all, ours to its own only.

    So several of them announce as many rooms less often, and send as many events in all.
    """
    return {
        "PORT": str(launch.port),
        "ROOMS": str(launch.rooms),
        "SECRET_KEY": SECRET_KEY,
        "HISTORY": launch.dynamodb or "memory",
        "ACTIVITY_RATES": f"{LEAST_EVENTS_A_SECOND},{EVENTS_A_SECOND}",
        "CONTAINERS": str(launch.containers),
        "NODE_ENV": "production",
    }


def _node_kind(title: str, adapter: str | None = None) -> Kind:
    def environment(launch: Launch) -> dict[str, str]:
        joined = {"ADAPTER": adapter, "BUS": launch.bus} if adapter and launch.bus else {}
        return _node(launch) | joined

    command = ["node", "--expose-gc", str(tools.NODE / "server.js")]
    return Kind(title, lambda _: command, environment, node_cookies)


KINDS = {
    "ours": Kind(
        "Cloud Chat",
        lambda _: [str(tools.PYTHON), "-m", "gunicorn"],
        _built,
        chat_cookies,
    ),
    "sources": Kind(
        "its sources, as `make dev` serves them",
        lambda _: [str(tools.PYTHON), "-m", "gunicorn"],
        _ours,
        chat_cookies,
    ),
    "node": _node_kind("Node, Socket.IO 4.8"),
    "node-redis": _node_kind("Node, Redis adapter", "redis"),
    "node-sharded": _node_kind("Node, sharded Redis adapter", "sharded"),
    "stock": Kind(
        "stock Flask-SocketIO",
        lambda launch: [str(tools.PYTHON), "-m", "bench.stock", str(launch.port)],
        lambda launch: {"ROOMS": str(launch.rooms)},
        flask_cookies,
    ),
    "floor": Kind(
        "the floor",
        lambda launch: [str(tools.FLOOR), str(launch.port)],
        lambda _: {},
        lambda count, _: ["none"] * count,
    ),
}


class Server:
    """A server that is ready."""

    def __init__(
        self, kind: Kind, port: int, pid: int, environment: Mapping[str, str], ready_after: float
    ) -> None:
        self.kind = kind
        self._environment = environment
        self.port = port
        self.ready_after = ready_after  # seconds from its start
        self._family = processes.family(pid)

    def cookies(self, people: int) -> list[str]:
        """The session cookies of so many people."""
        return self.kind.cookies(people, self._environment)

    @property
    def worker(self) -> int:
        """The process that serves: under gunicorn the worker, not the master."""
        return self._family[-1]

    def kill(self) -> None:
        """Kill all its processes; the master first, which would start another worker."""
        for pid in self._family:
            os.kill(pid, signal.SIGKILL)

    def cpu_seconds(self) -> float:
        """CPU time of all its processes so far."""
        return sum(map(processes.cpu_seconds, self._family))

    def resident_bytes(self) -> int:
        """Memory of the process that serves; for Node after a garbage collection."""
        if self.kind.cookies is node_cookies:
            os.kill(self.worker, signal.SIGUSR2)
            time.sleep(1)
        return processes.resident_bytes(self.worker)


@contextlib.contextmanager
def serving(
    name: str,
    folder: Path,
    *,
    rooms: int = 1,
    dynamodb: str | None = None,
    has_limits: bool = False,
    bus: str | None = None,
    containers: int = 1,
) -> Iterator[Server]:
    """Run a server on the core for servers until the end of the `with` block."""
    kind = KINDS[name]
    port = processes.free_port()
    launch = Launch(port, folder, rooms, dynamodb, has_limits, bus, containers)
    log = folder / f"{name}.log"
    environment = _clean_environment() | kind.environment(launch)
    began = time.monotonic()
    with processes.running(
        kind.command(launch), processes.SERVER_CORE, log=log, env=environment, cwd=ROOT
    ) as process:
        is_up = processes.is_listening if name == "floor" else _is_ready
        try:
            processes.wait_until(lambda: is_up(launch.port), READY_WITHIN, f"the start of {name}")
        except TimeoutError as error:
            error.add_note(log.read_text())
            raise
        ready_after = time.monotonic() - began
        yield Server(kind, launch.port, process.pid, environment, ready_after)


@contextlib.contextmanager
def joined(
    name: str, folder: Path, count: int = 2, *, rooms: int = 1, dynamodb: str | None = None
) -> Iterator[tuple[list[Server], Bus]]:
    """Run several processes of one chat on the same core, joined by a bus; any one's cookies do."""
    with valkey() as bus, contextlib.ExitStack() as servers:
        options = {"rooms": rooms, "dynamodb": dynamodb, "bus": bus.url, "containers": count}
        yield [servers.enter_context(serving(name, folder, **options)) for _ in range(count)], bus


def _clean_environment() -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    return {name: value for name, value in os.environ.items() if not _would_matter(name)} | keys


def _would_matter(name: str) -> bool:
    """Whether a variable would change the results; without bytecode each start compiles."""
    return name.startswith("CHAT_") or name == "PYTHONDONTWRITEBYTECODE"


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
