"""The commands of docs/deploy.md, as they are written and in their order."""

import re

import pytest

from deploy.check import aws
from deploy.check.places import ROOT

PAGE = (ROOT / "docs/deploy.md").read_text()

# The stand-in doesn't know fixed addresses in templates, so the certificate is for a domain.
PARAMETERS = "FixedAddress=false Domain=chat.example.com"


def commands():
    """The shell commands of the page, as one script."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))


def test_the_page_has_all_the_commands_that_are_to_be_tried():
    for command in (
        "deploy/cloud-chat deploy",
        "deploy/cloud-chat take-down",
        "aws ecr get-login-password",
        "docker build",
        "docker tag",
        "docker push",
        "aws ecs create-cluster",
        "aws ecs register-task-definition",
        "aws ecs create-service",
    ):
        assert f"\n{command}" in commands()
    for block in re.findall(r"^```(\w*)$", PAGE, re.MULTILINE):
        assert block in {"", "sh"}


@pytest.mark.timeout(1500)
def test_all_commands_work_as_written(account, figure):
    # A working tree with uncommitted changes has no version of its own.
    git = 'git() { command git "$@" | sed s/-dirty//; }; export -f git\n'
    # The doctor finds much that the stand-in lacks; test_doctor.py tries it.
    script = commands().replace("cloud-chat doctor\n", "cloud-chat doctor || true\n")
    run = aws.shell(f"{git}set -x\n{script}", CLOUD_CHAT_PARAMETERS=PARAMETERS)
    assert run.returncode == 0, run.stdout[-3000:]
    ran = re.findall(r"(?m)^\++ (aws|docker|deploy)", run.stdout)
    figure("commands of docs/deploy.md that ran", str(len(ran)))


def test_nothing_is_left_after_the_last_of_them(account):
    assert aws.left() == {}
