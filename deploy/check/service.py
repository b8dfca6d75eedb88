"""Several tasks behind a load balancer, as ECS starts, replaces and stops those of a service."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from deploy.check.balancer import LoadBalancer
from deploy.check.podman import TASK, Container, podman

PORTS = list(range(8101, 8107))  # of all tasks that a service may ever have
DEREGISTRATION = 2  # seconds; ten on AWS
HEALTHY_WITHIN = 30  # seconds


class NotHealthyError(Exception):
    """A task ended, or didn't get healthy in time."""


class Stop(NamedTuple):
    """How a planned stop went."""

    seconds: float  # from SIGTERM on
    code: int  # that of the exit


class Task(Container):
    """A task on a port of this host."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        super().__init__(f"task-{port}", port, environment)
        self.port = port

    def kill(self) -> None:
        """End all its processes at once."""
        if self.state()["Running"]:
            podman("kill", "--signal", "KILL", self.name)


class Service:
    """Tasks with the same settings.

    Args:
        balancer: It takes tasks when they are healthy.
        environment: The variables of each task.
    """

    def __init__(self, balancer: LoadBalancer, environment: dict[str, str]) -> None:
        self.tasks: list[Task] = []  # those that serve
        self._balancer = balancer
        self._environment = environment
        self._all: list[Task] = []

    def start(self, count: int) -> None:
        """Start so many tasks."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._start, [self._create({}) for _ in range(count)]))

    def add(self, **settings: str) -> Task:
        """Start one more task with other settings, and wait until it is healthy.

        Raises:
            NotHealthyError: It isn't; the task is gone.
        """
        return self._start(self._create(settings))

    def _create(self, settings: dict[str, str]) -> Task:
        task = Task(PORTS[len(self._all)], self._environment | settings)
        self._all.append(task)
        return task

    def _start(self, task: Task) -> Task:
        task.launch()
        self._balancer.register(task.port)
        deadline = time.monotonic() + HEALTHY_WITHIN
        while task.port not in self._balancer.healthy():
            if time.monotonic() > deadline or not task.state()["Running"]:
                self._balancer.deregister(task.port)
                task.kill()
                raise NotHealthyError(task.logs())
            time.sleep(0.3)
        self.tasks.append(task)
        return task

    def update_one_by_one(self, *, is_cut: bool) -> list[Stop]:
        """Replace each task, the next one after the one before."""
        stops = []
        for task in list(self.tasks):
            self.add()
            stops.append(self._stop(task, is_cut=is_cut))
        return stops

    def update_at_once(self, *, is_cut: bool) -> list[Stop]:
        """Replace all tasks, as far as ECS may with at most 200 percent of them."""
        old = list(self.tasks)
        self.start(len(old))
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda task: self._stop(task, is_cut=is_cut), old))

    def _stop(self, task: Task, *, is_cut: bool) -> Stop:
        """Deregister a task, and stop it after the delay.

        AWS doesn't say what becomes of a WebSocket that is still open after the delay: it is closed
        by the balancer (`is_cut`), or stays open until the task closes it.
        """
        self.tasks.remove(task)
        self._balancer.deregister(task.port)
        time.sleep(DEREGISTRATION)
        if is_cut:
            self._balancer.cut(task.port)
        seconds = task.stop(TASK["stopTimeout"])
        return Stop(seconds, task.state()["ExitCode"])

    def lose(self, task: Task) -> None:
        """Kill a task; the balancer notices by itself."""
        self.tasks.remove(task)
        task.kill()

    def logs(self) -> str:
        """Those of all tasks."""
        return "".join(task.logs() for task in self._all)

    def remove(self) -> None:
        """Remove all tasks."""
        for task in self._all:
            task.remove()
