"""Linters for the files that no other check reads."""

import subprocess

import pytest

from deploy.check.places import ROOT, TOOLS


@pytest.mark.parametrize(
    "command",
    [
        ("hadolint", "Dockerfile"),
        (
            "shellcheck",
            "--external-sources",
            "user-data.sh",
            "deploy/prune-packages",
            "deploy/install-packages",
            "deploy/https/start",
            "deploy/https/unpack-haproxy",
            "deploy/cloud-chat",
            "deploy/lib/compose",
            "deploy/fill-in",
            "deploy/check/first-boot.sh",
            "deploy/check/bin/aws",
            "deploy/check/bin/docker",
            "scripts/chromium",
            "scripts/fonts",
            "scripts/lock",
            ".ci/run",
        ),
    ],
    ids=lambda command: command[0],
)
def test_a_linter_finds_nothing(command):
    program, *files = command
    run = subprocess.run(
        [TOOLS / program, *files], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
