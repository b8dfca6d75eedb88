"""The script on the stand-in, where that shows what a real account would."""

import subprocess

import pytest

from deploy.check import aws
from deploy.check.aws_faults import Faults
from deploy.check.places import ROOT

PARAMETERS = {"CLOUD_CHAT_PARAMETERS": "FixedAddress=false Https=false SignIn=name"}
STACKS = ("cloud-chat", "other")


def run(command, stack="cloud-chat", version="1"):
    done = aws.shell(
        f"deploy/cloud-chat {command}", VERSION=version, CLOUD_CHAT_STACK=stack, **PARAMETERS
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def side_by_side(account):
    for stack in STACKS:
        run("deploy", stack)


def resources(stack):
    """The physical ids of a stack's resources."""
    described = aws.client("cloudformation").describe_stack_resources(StackName=stack)
    return {each["PhysicalResourceId"] for each in described["StackResources"]}


def test_two_stacks_in_one_account_share_nothing(side_by_side):
    ours, others = (resources(stack) for stack in STACKS)
    assert len(ours) == len(others) > 20
    assert not ours & others
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["ChatMessages", "other-messages"]
    assert aws.left()["parameters"] == ["/cloud-chat/secret-key", "/other/secret-key"]


def test_a_deployment_that_changes_nothing_is_quick(side_by_side, tmp_path, figure):
    faults = Faults(tmp_path, onward=ROOT / "deploy/check/bin")
    done = faults.run("deploy", **PARAMETERS)
    assert done.returncode == 0, done.stdout
    assert "Version 1 runs already" in done.stdout
    calls = [each.call for each in faults.calls()]
    assert not {each for each in calls if each.endswith(("execute-change-set", "put-parameter"))}
    for once in ("sts get-caller-identity", "cloudformation describe-stacks"):
        assert calls.count(f"aws {once}") == 1
    assert calls.count("aws cloudformation create-change-set") == 1
    figure("calls of AWS of a deployment that changes nothing", str(len(calls)))


def image():
    """The image of the service, and the version of the instances' template."""
    ecs = aws.client("ecs")
    (service,) = ecs.describe_services(cluster="cloud-chat", services=["cloud-chat"])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
    groups = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    (version,) = [
        each["LaunchTemplate"]["Version"]
        for each in groups
        if ("Name", "cloud-chat") in {(tag["Key"], tag["Value"]) for tag in each["Tags"]}
    ]
    containers = task["taskDefinition"]["containerDefinitions"]
    return service["desiredCount"], containers[0]["image"].split(":")[-1], int(version)


@pytest.fixture
def other_user_data(tmp_path):
    """Another first boot, for this process and those that it starts."""
    file = ROOT / "user-data.sh"
    other = tmp_path / "user-data.sh"
    other.write_text(f"{file.read_text()}# another line\n")
    subprocess.run(["mount", "--bind", other, file], check=True)
    yield
    subprocess.run(["umount", file], check=True)


def test_an_update_replaces_the_instance_only_for_another_first_boot(side_by_side, other_user_data):
    _, _, before = image()
    output = run("update", version="2")
    assert "This replaces the instance" in output
    assert image() == (1, "2", before + 1)
    assert "replaces" not in run("update", version="3")
    assert image() == (1, "3", before + 1)


def test_the_end_of_one_leaves_the_other_as_it_is(side_by_side):
    before = resources("cloud-chat")
    run("take-down --with-table", "other")
    assert resources("cloud-chat") == before
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["ChatMessages"]
    assert aws.left()["parameters"] == ["/cloud-chat/secret-key"]
    run("take-down --with-table")
    assert aws.left() == {}
