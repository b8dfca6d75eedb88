"""The commands of docs/operate.md, as they are written and in their order."""

import re
import sqlite3
from resource import RLIMIT_NOFILE, getrlimit

import pytest

from deploy.check import aws
from deploy.check.images import CHAT
from deploy.check.places import ROOT
from deploy.check.podman import podman
from deploy.check.template import resource

PAGE = (ROOT / "docs/operate.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
ON_AWS = [block for block in BLOCKS if "docker" not in block]
ON_ONE_MACHINE = [block for block in BLOCKS if "docker" in block]

# The auto scaling group of the stand-in starts no instance, so the test starts one to terminate.
START = (
    "aws ec2 run-instances --image-id ami-0123456789abcdef0 --tag-specifications"
    " 'ResourceType=instance,Tags=[{Key=Name,Value=cloud-chat}]'"
)
# Differences from the page: there is nothing to pull, and `logs tail` never ends (and needs CLI 2).
HERE = {
    "git pull\n": "",
    "rollback VERSION": "rollback check",
    "aws logs tail cloud-chat --follow\n": "",
    "INSTANCE=": f"{START}\nINSTANCE=",
}


def test_the_figures_of_the_containers_are_those_of_the_templates():
    chat, https = resource("Task")["ContainerDefinitions"]
    (large,) = resource("Task", "large")["ContainerDefinitions"]
    memory, units = (chat[each] + https[each] for each in ("MemoryReservation", "Cpu"))
    assert chat["Memory"] == https["Memory"]
    for figure in (
        f"Small shape: {memory} MB, {chat['MemoryReservation']} for the chat",
        f"and {https['MemoryReservation']} for `https`, each of which may use {chat['Memory']}.",
        f"Large shape: {large['MemoryReservation']} MB on instances, where",
        f"where a container may use {large['Memory']} ",
        f"Small shape: {units} of the 1,024 units",
        f"can reach {2048 / units:.0%}".replace("%", " %"),
        f"Large shape on instances: {large['Cpu']:,} units",
        f"({chat['Memory']} MB in the small shape, {large['Memory']} in the large one)",
    ):
        assert figure in PAGE


@pytest.mark.timeout(1500)
def test_the_commands_on_aws_work_as_written(account, figure):
    script = "\n".join(ON_AWS)
    for theirs, ours in HERE.items():
        assert theirs in script
        script = script.replace(theirs, ours)
    run = aws.shell(
        f"deploy/cloud-chat deploy\nset -x\n{script}",
        VERSION="check",
        CLOUD_CHAT_PARAMETERS=aws.BY_NAME,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    ran = re.findall(r"(?m)^\++ (aws|deploy)", run.stdout)
    figure("commands of docs/operate.md that ran", str(len(ran)))


@pytest.fixture
def one_machine():
    """The image under the name of the page; the container is removed after the test."""
    podman("tag", CHAT, "localhost/cloud-chat")
    yield
    podman("rm", "--force", "--time", "0", "chat")
    podman("volume", "rm", "--force", "cloud-chat")


def test_the_commands_on_one_machine_work_as_written_and_more_than_once(one_machine, tmp_path):
    start, backup, restore = ON_ONE_MACHINE
    start = start.replace("=32768", f"={min(32768, getrlimit(RLIMIT_NOFILE)[1])}")
    backup = backup.replace("backup.db .", f"backup.db {tmp_path}")
    restore = restore.replace("< backup.db", f"< {tmp_path}/backup.db")
    run = aws.shell(f"{start}sleep 3\n{backup}{backup}{restore}{restore}")
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("All of /data/backup.db is restored.") == 2
    with sqlite3.connect(tmp_path / "backup.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT name FROM sqlite_master").fetchall()
