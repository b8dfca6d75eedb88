"""Builds the image from the Dockerfile, on stand-ins for the public base images.

The stand-ins are made of Debian's packages. They match the public images in what the Dockerfile
uses: the same release of Debian, the same version of Python at `python`, and Node.
"""

import shutil
import sys
from pathlib import Path

from deploy.check import namespaces
from deploy.check.places import CERTIFICATES, WORK
from deploy.check.progress import step

PYTHON = "docker.io/library/python:3.13-slim-trixie"
NODE = "docker.io/library/node:24-slim"
CHAT = "localhost/cloud-chat:check"
HTTPS = "localhost/cloud-chat:check-https"

# Stages whose files depend on the processor, and what they are called when made for ARM.
FOR_ARM = {
    stage: f"localhost/cloud-chat:arm-{stage}"
    for stage in ("packages", "https-packages", "haproxy")
}

STORAGE = WORK / "storage"
BUILD = (
    "buildah", "--root", str(STORAGE), "--runroot", str(WORK / "run"),
    "bud", "--isolation", "chroot", "--pull-never", "--format", "docker", "--layers", "--quiet",
)  # fmt: skip

BASES = Path(__file__).parent / "bases"
DEBIAN = ("ca-certificates", "python3", "python3-pip", "python3-venv")


def build_all() -> None:
    """Build the stand-ins if they are not there yet, and the images of the chat and of HTTPS."""
    context = WORK / "bases"
    built = context / "built"  # written last, so that a failed build is repeated
    if not built.exists() or built.read_text() != _recipe():
        with step("Making a base image of Debian"):
            _make_debian(context)
            _build("python.Dockerfile", PYTHON, context)
            _build("node.Dockerfile", NODE, context)
        built.write_text(_recipe())
    with step("Building the image of the chat"):
        _run([*BUILD, "--tag", CHAT, "."])
    with step("Building the image of the TLS server"):
        _run([*BUILD, "--target", "https", "--tag", HTTPS, "."])
    with step("Building what is different in images for ARM"):
        for stage, name in FOR_ARM.items():
            arm = ("--build-arg", "TARGETARCH=arm64")
            _run([*BUILD, *arm, "--target", stage, "--tag", name, "."])


def _recipe() -> str:
    """The inputs of the stand-ins: when they change, the stand-ins are built again."""
    return "\n".join([*DEBIAN, *(each.read_text() for each in sorted(BASES.iterdir()))])


def _make_debian(context: Path) -> None:
    shutil.rmtree(context, ignore_errors=True)
    shutil.copytree(BASES, context)
    shutil.copy(CERTIFICATES, context)
    packages = f"--include={','.join(DEBIAN)}"
    debian = str(context / "debian.tar")
    _run(["mmdebstrap", "--quiet", "--variant=minbase", packages, "trixie", debian])


def _build(file: str, name: str, context: Path) -> None:
    _run([*BUILD, "--tag", name, "--file", str(context / file), str(context)])


def _run(command: list[str]) -> None:
    """Run a command; show its output only if it fails."""
    log = WORK / "build.log"
    with log.open("w") as output:
        code = namespaces.run_online(command, output)
    if code:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text()}")
