"""Runs the image as ECS does, with the settings of the task definition."""

import json
import subprocess
import time
from collections.abc import Sequence
from resource import RLIMIT_NOFILE, getrlimit

import requests

from deploy.check.images import CHAT, STORAGE
from deploy.check.namespaces import CGROUP
from deploy.check.places import ROOT

PODMAN = (
    "podman", "--root", str(STORAGE), "--runroot", "/run/containers/storage",
    "--runtime", "runc", "--cgroup-manager", "cgroupfs",
)  # fmt: skip

TASK = json.loads((ROOT / "task-def.json").read_text())["containerDefinitions"][0]


def limits() -> list[str]:
    """The settings of the task definition, with 512 MB, as arguments of `podman create`.

    Settings that the task definition lacks are not added here, so that a test notices.
    """
    linux = TASK.get("linuxParameters", {})
    most = getrlimit(RLIMIT_NOFILE)[1]  # the limit of this machine
    return [
        *(["--read-only"] if TASK.get("readonlyRootFilesystem") else []),
        *(["--init"] if linux.get("initProcessEnabled") else []),
        *(f"--cap-drop={each}" for each in linux.get("capabilities", {}).get("drop", [])),
        *(f"--security-opt={each}" for each in TASK.get("dockerSecurityOptions", [])),
        *(_tmpfs(each) for each in linux.get("tmpfs", [])),
        f"--user={TASK.get('user', '')}",
        f"--ulimit=nofile={min(TASK['ulimits'][0]['softLimit'], most)}",
        *("--read-only-tmpfs=false", "--memory=512m", "--ulimit=nproc=4096"),
        f"--cgroup-parent={CGROUP}",
    ]


def _tmpfs(each: dict) -> str:
    return f"--tmpfs={each['containerPath']}:size={each['size']}m,mode=1777"


def podman(*arguments: str, timeout: float = 60) -> str:
    """The output of podman; raises an error with its message if it fails."""
    run = subprocess.run(
        [*PODMAN, *arguments], check=False, capture_output=True, text=True, timeout=timeout
    )
    if run.returncode:
        raise RuntimeError(f"podman {' '.join(arguments)}: {run.stderr}")
    return run.stdout.strip()


def inspect_image(name: str = CHAT) -> dict:
    """The output of `podman image inspect`."""
    return json.loads(podman("image", "inspect", name))[0]


class Bare:
    """A container with the settings of the task definition.

    Args:
        name: Its name.
        image: Its image.
        environment: Variables in addition to those of the image.
        options: Further arguments of `podman create`.
    """

    def __init__(
        self,
        name: str,
        image: str,
        environment: dict[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.name = name
        variables = [f"--env={key}={value}" for key, value in (environment or {}).items()]
        given = ("--no-healthcheck", *variables, *options)
        podman("create", "--name", name, *limits(), *given, image)

    def start(self, seconds: float = 20) -> float:
        """Start, and wait until it is ready; returns the seconds until then."""
        began = time.monotonic()
        self.launch()
        while not self._is_ready():
            assert time.monotonic() - began < seconds, self.logs()
            assert self.state()["Running"], self.logs()
            time.sleep(0.01)
        return time.monotonic() - began

    def launch(self) -> None:
        """Start without waiting."""
        podman("start", self.name)

    def _is_ready(self) -> bool:
        raise NotImplementedError

    def stop(self, seconds: int = 30) -> float:
        """Stop as ECS does; returns the seconds until the container has stopped."""
        began = time.monotonic()
        podman("stop", "--time", str(seconds), self.name)
        return time.monotonic() - began

    def state(self) -> dict:
        """The state, such as `{"Running": False, "ExitCode": 0}`."""
        return json.loads(podman("inspect", "--format", "{{json .State}}", self.name))

    def run(self, *command: str) -> str:
        """Run a command in the container; returns its output."""
        return podman("exec", self.name, *command)

    def logs(self) -> str:
        """The log since the container was created."""
        run = subprocess.run(
            [*PODMAN, "logs", self.name], check=False, capture_output=True, text=True
        )
        return run.stdout + run.stderr

    def remove(self) -> None:
        """Remove the container at once, as if it was killed."""
        podman("rm", "--force", "--time", "0", "--volumes", self.name)


class Container(Bare):
    """A container of the chat.

    Args:
        name: Also the name of the volume at `/data`.
        port: The port on this host.
        environment: Variables in addition to those of the image.
        options: Further arguments of `podman create`.
    """

    def __init__(
        self,
        name: str,
        port: int,
        environment: dict[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        publish = ("--publish", f"{port}:8000", "--volume", f"{name}:/data")
        super().__init__(name, CHAT, environment, [*publish, *options])

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def remove(self) -> None:
        """Remove the container and its volume at once."""
        super().remove()
        podman("volume", "rm", "--force", self.name)
