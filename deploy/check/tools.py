"""Installs the tools of the check: container tools with apt, AWS tools and stand-ins with pip."""

import os
import shutil
import subprocess
import sys

from deploy.check.places import CERTIFICATES, REQUIREMENTS, TOOLS, WORK
from deploy.check.progress import step

# Each program or file, and the Debian packages that provide it.
PACKAGES = {
    str(CERTIFICATES): "ca-certificates",
    "buildah": "buildah",
    "catatonit": "catatonit",
    "haproxy": "haproxy",
    "iptables": "iptables",
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap debian-archive-keyring",
    "pebble": "pebble",
    "podman": "podman",
    "runc": "runc",
}


def install() -> None:
    """Install the missing tools."""
    WORK.mkdir(exist_ok=True)
    _install_packages()
    _install_tools()


def _install_packages() -> None:
    missing = " ".join(each for program, each in PACKAGES.items() if not _has(program)).split()
    if not missing:
        return
    with step(f"Installing {', '.join(missing)}"):
        _quietly(["apt-get", "update", "--quiet"])
        _quietly(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *missing])


def _has(program: str) -> bool:
    path = f"{os.environ['PATH']}:/usr/sbin:/usr/libexec/podman"
    return bool(shutil.which(program, os.F_OK, path))


def _install_tools() -> None:
    installed = WORK / "tools/requirements.txt"
    if installed.exists() and installed.read_text() == REQUIREMENTS.read_text():
        return
    with step("Installing the AWS tools and stand-ins"):
        _quietly([sys.executable, "-m", "venv", "--clear", str(TOOLS.parent)])
        install = [str(TOOLS / "pip"), "install", "--quiet", "--require-hashes"]
        _quietly([*install, "-r", str(REQUIREMENTS)])
    shutil.copy(REQUIREMENTS, installed)


def _quietly(command: list[str]) -> None:
    """Run a command; show its output only if it fails."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{run.stdout}{run.stderr}")
