"""The images for ARM: they are made on this processor, and only their files are looked at."""

import re

import pytest

from deploy.check.images import FOR_ARM
from deploy.check.places import ROOT
from deploy.check.podman import podman

# Prints the kind of processor that each program and library is for: two bytes of its ELF header.
PROCESSORS = r"""
find FOLDER -type f -size +1k | while read -r file; do
  if [ "$(head -c 4 "$file" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]; then
    od -An -j18 -N2 -tx1 "$file"
  fi
done | sort | uniq -c
"""
ARM64 = "b7 00"


@pytest.mark.parametrize(
    ("stage", "folder"), [("packages", "/venv"), ("https-packages", "/venv"), ("haproxy", "/image")]
)
def test_all_machine_code_is_for_arm(stage, folder):
    script = PROCESSORS.replace("FOLDER", folder)
    found = podman("run", "--rm", "--network", "none", FOR_ARM[stage], "sh", "-c", script)
    ((count, *processor),) = (line.split() for line in found.splitlines())
    assert int(count) > 0
    assert " ".join(processor) == ARM64


def test_the_last_stage_of_an_image_runs_nothing():
    """A command there would need an emulation of the other processor."""
    stages = re.split(r"(?m)^FROM ", (ROOT / "Dockerfile").read_text())[1:]
    theirs = [stage for stage in stages if not stage.startswith("--platform=$BUILDPLATFORM")]
    assert len(theirs) == 2, "the chat, and the TLS server"
    assert not [stage for stage in theirs if re.search(r"(?m)^RUN ", stage)]
