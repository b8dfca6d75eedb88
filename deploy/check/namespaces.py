"""Runs a command in Linux namespaces of its own, so that nothing is left over after it."""

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from deploy.check.places import ROOT

# Where podman keeps its state, locks and networks.
PRIVATE_FOLDERS = ("/run", "/dev/shm", "/var/lib/cni")

CGROUP = "cloud-chat-check"  # the parent of the containers' cgroups

PROCESSES_AND_MOUNTS = ("unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child")
EVERYTHING = (*PROCESSES_AND_MOUNTS, "--net")

PREPARE = """
set -eu
ip link set lo up
mkdir -p FOLDERS
for folder in FOLDERS; do mount -t tmpfs tmpfs $folder; done
exec "$@"
""".replace("FOLDERS", " ".join(PRIVATE_FOLDERS))


def run_offline(command: Sequence[str]) -> int:
    """Run a command in a network of its own; returns its exit code."""
    return _run([*EVERYTHING, "sh", "-c", PREPARE, "sh", *command])


def run_online(command: Sequence[str], output: IO[str]) -> int:
    """The same with the network of the machine, and with the output in a file."""
    return _run([*PROCESSES_AND_MOUNTS, *command], stdout=output, stderr=output)


def _run(command: Sequence[str], **options: Any) -> int:
    try:
        return subprocess.run(command, cwd=ROOT, check=False, **options).returncode
    finally:
        _remove_cgroups()


def _remove_cgroups() -> None:
    for hierarchy in Path("/sys/fs/cgroup").glob(f"**/{CGROUP}"):
        folders = [hierarchy, *(each for each in hierarchy.rglob("*") if each.is_dir())]
        for folder in reversed(folders):
            with suppress(OSError):  # in use by another check, which will remove it
                folder.rmdir()
