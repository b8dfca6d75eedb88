"""The script on accounts that fail as those of AWS do."""

import os
import signal
import subprocess
import time

import pytest

from deploy.check import aws_faults
from deploy.check.aws_faults import last_line
from deploy.check.places import ROOT
from tests.waiting import wait_until

EXECUTE = "aws cloudformation execute-change-set"
STACKS = "aws cloudformation describe-stacks"
MADE = "aws cloudformation wait stack-create-complete"
CHANGED = "aws cloudformation wait stack-update-complete"
ROLE = "aws iam create-service-linked-role"
FIRST = "deploy SignIn=name"


def is_plain(run):
    """Whether no error of bash itself, and no unanswered call, is in the output."""
    return not any(
        each in run.stdout
        for each in ("unbound", "line ", "command not found", "syntax", "no answer to")
    )


def test_a_first_deployment_asks_for_nothing_that_is_not_there_yet(new):
    run = new.run(FIRST)
    assert run.returncode == 0, run.stdout
    assert is_plain(run), run.stdout
    calls = [each.call for each in new.calls()]
    assert calls.index(ROLE) < calls.index(EXECUTE)


# 1. A new account


def test_the_role_of_ecs_is_there_for_a_while_before_the_first_cluster(new):
    new.answer("aws iam list-roles", {"Roles": []}, times=3)  # it appears later
    run = new.run(FIRST, CLOUD_CHAT_PAUSE="1")
    assert run.returncode == 0, run.stdout
    role = next(each.time for each in new.calls() if each.call == ROLE)
    cluster = next(each.time for each in new.calls() if each.call == EXECUTE)
    looks = [each for each in new.calls() if each.call == "aws iam list-roles"]
    assert len(looks) == 4
    assert cluster - looks[-1].time > 1, "IAM has to spread it"
    assert role < looks[1].time


def test_a_role_that_another_command_was_first_to_make_is_fine(new):
    taken = (
        "An error occurred (InvalidInput): Service role name AWSServiceRoleForECS has been taken"
    )
    new.refuse(ROLE, taken)
    run = new.run(FIRST)
    assert run.returncode == 0, run.stdout


def test_the_table_of_an_earlier_stack_becomes_part_of_the_new_one(new):
    new.answer("aws dynamodb describe-table", {"Table": {"TableStatus": "ACTIVE"}})
    ours = {"Tags": [{"Key": "app", "Value": "cloud-chat"}]}
    new.answer("aws dynamodb list-tags-of-resource", ours)
    run = new.run(FIRST)
    assert run.returncode == 0, run.stdout
    first = next(each for each in new.calls() if each.call.endswith("create-change-set"))
    assert "--import-existing-resources" in first.arguments


def test_a_table_of_somebody_else_does_not(new):
    new.answer("aws dynamodb describe-table", {"Table": {"TableStatus": "ACTIVE"}})
    new.answer("aws dynamodb list-tags-of-resource", {"Tags": []})
    run = new.run(FIRST)
    assert run.returncode == 0, run.stdout
    assert not new.count("aws cloudformation create-change-set", "--import-existing-resources")


# 2. The instance


def test_nothing_runs_before_the_instance_has_joined(new):
    new.answer("aws ecs list-container-instances", {"containerInstanceArns": []}, times=4)
    run = new.run(FIRST)
    assert run.returncode == 0, run.stdout
    calls = [each.call for each in new.calls()]
    joined = [
        index for index, each in enumerate(calls) if each.endswith("list-container-instances")
    ]
    executed = [index for index, each in enumerate(calls) if each == EXECUTE]
    assert len(joined) == 5
    assert new.count("aws ecs list-container-instances", "agentConnected") == 5
    assert executed[0] < joined[0], "the infrastructure comes first"
    assert joined[-1] < executed[1]


def test_an_instance_that_never_joins_ends_the_run_and_says_what_to_do(new):
    new.answer("aws ecs list-container-instances", {"containerInstanceArns": []})
    run = new.run(FIRST, CLOUD_CHAT_PATIENCE="1", CLOUD_CHAT_PAUSE="0.3")
    assert run.returncode == 1
    assert "deploy/cloud-chat doctor" in last_line(run)
    assert new.count(EXECUTE) == 1, "the version was not asked for"


def versions(faults):
    """The versions that were asked for, in order."""
    return [each.arguments[-1] for each in faults.calls() if each.call == EXECUTE]


def keep_parameters(faults):
    """Let every change set be named by the version that it wants."""
    for version in ("", "1", "2"):
        wanted = f'"ImageVersion", "ParameterValue": "{version}"'
        faults.answer(
            "aws cloudformation create-change-set", {"Id": f"version-{version}"}, having=wanted
        )


def test_an_update_with_other_user_data_says_so_and_stops_the_chat_first(running):
    keep_parameters(running)
    new = aws_faults.change("InstanceTemplate", "Instances", "Task", "Service")
    running.answer("aws cloudformation describe-change-set", new)
    run = running.run("update", VERSION="2")
    assert run.returncode == 0, run.stdout
    assert "This replaces the instance: the chat is away" in run.stdout
    assert versions(running) == ["version-", "version-2"]
    calls = [each.call for each in running.calls()]
    first, second = (index for index, each in enumerate(calls) if each == EXECUTE)
    assert "aws ecs list-container-instances" in calls[first:second]


def test_an_update_of_the_version_alone_replaces_nothing(running):
    keep_parameters(running)
    new = aws_faults.change("Task", "Service")
    running.answer("aws cloudformation describe-change-set", new)
    run = running.run("update", VERSION="2")
    assert run.returncode == 0, run.stdout
    assert "replaces" not in run.stdout
    assert versions(running) == ["version-2"]


def test_if_the_new_version_fails_then_the_old_one_runs_again(running):
    keep_parameters(running)
    new = aws_faults.change("InstanceTemplate", "Task", "Service")
    running.answer("aws cloudformation describe-change-set", new)
    running.refuse(CHANGED, "Waiter StackUpdateComplete failed", skip=1, times=1)
    why = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
    running.answer("aws cloudformation describe-stack-events", aws_faults.events(why))
    run = running.run("update", VERSION="2")
    assert run.returncode == 1
    assert versions(running) == ["version-", "version-2", "version-1"]
    assert "Circuit Breaker" in run.stdout
    assert "Running version 1 again" in run.stdout


# 5. The end


def test_the_instance_leaves_the_cluster_before_both_end(running):
    gone = "aws cloudformation delete-stack"
    run = running.run("take-down")
    assert run.returncode == 0, run.stdout
    calls = [each.call for each in running.calls()]
    assert calls.index("aws ecs deregister-container-instance") < calls.index(gone)


def test_a_cluster_that_can_not_be_deleted_yet_is_deleted_a_minute_later(running):
    gone, ended = "aws cloudformation delete-stack", "aws cloudformation wait stack-delete-complete"
    running.answer(STACKS, aws_faults.stack("DELETE_FAILED"), after=gone, times=1)
    running.refuse(STACKS, aws_faults.NO_STACK, after=gone, skip=1)
    running.refuse(ended, "Waiter StackDeleteComplete failed", times=1)
    run = running.run("take-down")
    assert run.returncode == 0, run.stdout
    assert running.count(gone) == 2
    assert "deleting again" in run.stdout


def test_a_deletion_that_fails_again_and_again_says_why(running):
    gone, ended = "aws cloudformation delete-stack", "aws cloudformation wait stack-delete-complete"
    running.answer(STACKS, aws_faults.stack("DELETE_FAILED"), after=gone)
    running.refuse(ended, "Waiter StackDeleteComplete failed")
    run = running.run("take-down")
    assert run.returncode == 1
    assert running.count(gone) == 3
    assert "the reason of a test" in run.stdout
    assert "run the same command again" in last_line(run)


# 6. Waiting


def test_a_wait_that_gives_up_before_cloudformation_does_is_continued(running):
    running.refuse(CHANGED, "Waiter StackUpdateComplete failed: Max attempts exceeded", times=2)
    busy = aws_faults.stack("UPDATE_IN_PROGRESS")
    running.answer(STACKS, busy, after=EXECUTE, times=2)
    run = running.run("update", VERSION="2")
    assert run.returncode == 0, run.stdout
    assert running.count(CHANGED) == 3
    assert "was not changed" not in run.stdout


# 9. Only one container fits on the instance


def test_the_service_is_not_spread_over_zones():
    compose = ["deploy/lib/compose", "small"]
    template = subprocess.run(compose, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    service = template.split("\n  Service:\n")[1].split("\n  CreditsGone:\n")[0]
    assert "MaximumPercent: 100" in service
    assert "AvailabilityZoneRebalancing: DISABLED" in service


# 10. Other types, and the fixed address


@pytest.mark.parametrize(("address", "is_missed"), [("192.0.2.7", False), ("198.51.100.1", True)])
def test_an_instance_without_the_fixed_address_is_noticed(running, address, is_missed):
    instances = {"Reservations": [{"Instances": [{"PublicIpAddress": address}]}]}
    running.answer("aws ec2 describe-instances", instances)
    run = running.run("status")
    assert run.returncode == 0, run.stdout
    assert ("could not take the fixed address 192.0.2.7" in run.stdout) == is_missed


@pytest.mark.parametrize(
    ("kind", "stack", "pays"),
    [("m7i.large", {}, "none"), ("t3.small", {"CpuCredits": "none"}, "unlimited")],
)
def test_only_instances_of_the_t_family_have_credits(tmp_path, kind, stack, pays):
    faults = aws_faults.running_account(tmp_path, **stack)
    wanted = f'"CpuCredits", "ParameterValue": "{pays}"'
    faults.refuse("aws cloudformation create-change-set", "without the right credits")
    faults.answer("aws cloudformation create-change-set", {"Id": "change"}, having=wanted)
    run = faults.run(f"deploy InstanceType={kind}")
    assert run.returncode == 0, run.stdout


# Bad input


def test_a_region_without_the_type_is_said_before_anything_is_made(new):
    new.answer("aws ec2 describe-instance-type-offerings", {"InstanceTypeOfferings": []})
    run = new.run(f"{FIRST} InstanceType=t4g.micro")
    assert run.returncode == 1
    assert "the region us-east-1 has no t4g.micro; choose another type" in last_line(run)
    assert not new.count("aws cloudformation create-change-set")


REASONS = {
    "You have requested more vCPU capacity than your current vCPU limit of 0": "InstanceType",
    "The maximum number of addresses has been reached. (AddressLimitExceeded)": "Elastic IP",
    "The maximum number of VPCs has been reached. (VpcLimitExceeded)": "VPCs per Region",
    "We currently do not have sufficient t3.micro capacity in the zone": "try again later",
    "The specified instance type is not eligible for Free Tier": "t3.micro",
    "User: arn:… is not authorized to perform: iam:CreateRole": "administrator",
    "cloud-chat already exists": "CLOUD_CHAT_STACK",
}


@pytest.mark.parametrize("reason", REASONS)
def test_what_cloudformation_says_is_explained(new, reason):
    new.refuse(MADE, "Waiter StackCreateComplete failed")
    new.answer(STACKS, aws_faults.stack("ROLLBACK_COMPLETE"), after=EXECUTE)
    new.answer(
        "aws cloudformation describe-stack-events",
        aws_faults.events(reason, "Resource creation cancelled"),
    )
    run = new.run(FIRST)
    assert run.returncode == 1
    assert reason in run.stdout
    (advice,) = [line for line in run.stdout.splitlines() if "Do this: " in line]
    assert REASONS[reason] in advice
    assert "cancelled" not in run.stdout
    assert "of an older change" not in run.stdout
    assert "run the same command again" in last_line(run)


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "DELETE_FAILED", "CREATE_FAILED"])
def test_what_a_failed_attempt_left_is_removed_first(new, status):
    gone = "aws cloudformation delete-stack"
    new.answer(STACKS, aws_faults.stack(status), until=gone)
    new.answer(gone, {})
    new.answer("aws ecs deregister-container-instance", {})
    run = new.run(FIRST)
    assert run.returncode == 0, run.stdout
    assert "Removing what an earlier attempt left behind" in run.stdout
    calls = [each.call for each in new.calls()]
    assert calls.index(gone) < calls.index(EXECUTE)


def test_a_change_of_another_run_is_waited_for(running):
    running.answer(STACKS, aws_faults.stack("UPDATE_IN_PROGRESS"), times=3)
    run = running.run("update", VERSION="2")
    assert run.returncode == 0, run.stdout
    assert (
        "being changed (UPDATE_IN_PROGRESS), by an earlier command or another one: waiting"
        in run.stdout
    )
    busy = [each.call for each in running.calls()][:5]
    assert busy.count(STACKS) == 4


def test_a_change_that_could_not_be_undone_needs_a_hand(running):
    running.answer(STACKS, aws_faults.stack("UPDATE_ROLLBACK_FAILED"))
    run = running.run("update", VERSION="2")
    assert run.returncode == 1
    assert "aws cloudformation continue-update-rollback --stack-name cloud-chat" in last_line(run)
    assert not running.count("aws cloudformation create-change-set")


BAD = {
    f"{FIRST} Colour=blue": "there is no parameter Colour",
    f"{FIRST} Title": "looks like Title='Team chat', and not like Title",
    f"{FIRST} Shape=round": "Shape: use small or large",
    f"{FIRST} FixedAddress=false": "HTTPS needs a name",
    "deploy": "who may enter?",
    f"{FIRST} Launch=fargate": "Launch is a parameter of Shape=large",
    f"{FIRST} SecondFactor=ON": "SecondFactor is a parameter of the accounts",
    "rollback": "which version?",
    "take-down --all": "one option, --with-table",
    "updaet": "there is no command updaet",
    "scale": "how many containers?",
    "scale two": "two is no number of containers",
    "scale 2 3 4": "how many containers?",
    "logs 10m": "10m is no number of minutes",
    "status": "there is no chat cloud-chat in account 123456789012, region us-east-1",
}


@pytest.mark.parametrize("command", BAD)
def test_bad_parameters_get_one_line_and_change_nothing(new, command):
    run = new.run(command)
    assert run.returncode == 1
    assert BAD[command] in last_line(run)
    assert is_plain(run), run.stdout
    assert_nothing_changed(new)


READS = ("describe", "get", "list", "wait", "configure")


def assert_nothing_changed(faults):
    for each in faults.calls():
        if each.call.startswith("aws"):
            assert each.call.split()[2].startswith(READS), each.call


def test_a_working_tree_with_changes_has_no_version(new):
    git = "git() { echo 1.0-dirty; }; export -f git; unset VERSION; "
    run = subprocess.run(
        ["bash", "-c", f"{git} deploy/cloud-chat {FIRST}"],
        cwd=ROOT,
        env=os.environ | {"AWS_REGION": "us-east-1"} | new.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "commit your changes first, or name the version: VERSION=" in run.stderr
    assert_nothing_changed(new)


def test_without_credentials_nothing_begins(new):
    new.refuse("aws sts get-caller-identity", "Unable to locate credentials")
    run = new.run(FIRST)
    assert run.returncode == 1
    assert "run `aws configure` or `aws sso login`" in last_line(run)
    assert_nothing_changed(new)


def test_without_the_aws_cli_nothing_begins(new):
    run = new.run(FIRST, PATH="/usr/bin:/bin")
    assert run.returncode == 1
    assert "the AWS CLI is not installed" in last_line(run)


def test_without_a_region_nothing_begins(new):
    new.refuse("aws configure get", "", code=1)
    run = new.run(FIRST, AWS_DEFAULT_REGION="")
    assert run.returncode == 1
    assert "no region is set" in last_line(run)
    assert_nothing_changed(new)


def test_without_docker_nothing_is_made(new):
    new.refuse("docker", "Cannot connect to the Docker daemon", code=1)
    run = new.run(FIRST)
    assert run.returncode == 1
    assert "docker does not run; start Docker" in last_line(run)
    assert_nothing_changed(new)


# Without rights


def asked(make, tmp_path, command):
    """The calls of AWS that a command makes when all goes well."""
    faults = make(tmp_path)
    run = faults.run(command, VERSION="2")
    assert run.returncode == 0, run.stdout
    return sorted({each.call for each in faults.calls() if each.call.startswith("aws ")})


COMMANDS = {
    FIRST: aws_faults.new_account,
    "update": aws_faults.running_account,
    "take-down --with-table": aws_faults.running_account,
}


@pytest.mark.timeout(400)
def test_whatever_is_refused_is_named_and_safe_to_run_again(tmp_path_factory, figure):
    def folder():
        return tmp_path_factory.mktemp("account")

    refused = 0
    for command, make in COMMANDS.items():
        for call in asked(make, folder(), command):
            faults = make(folder())
            faults.refuse(
                call, times=1 if call == "aws sts get-caller-identity" else aws_faults.EVER
            )
            run = faults.run(command, VERSION="2")
            assert run.returncode not in (0, 99), (call, run.stdout)
            assert is_plain(run), (call, run.stdout)
            assert "deploy/cloud-chat: " in last_line(run) or "==> " in last_line(run), run.stdout
            assert "again" in last_line(run) or "aws configure" in last_line(run), (
                call,
                run.stdout,
            )
            operation = " ".join(call.split()[1:3])
            assert operation in last_line(run) or "wait" in call or "sts" in call, (
                call,
                run.stdout,
            )
            refused += 1
    figure("calls of AWS that were refused in turn", str(refused))


# An interrupted run


@pytest.mark.parametrize("where", [MADE, "aws ecr get-login-password", "aws ssm put-parameter"])
def test_an_interrupted_run_is_finished_by_the_next_one(new, where):
    new.answer(where, "", seconds=2, times=1)
    process = subprocess.Popen(
        ["deploy/cloud-chat", *FIRST.split()],
        cwd=ROOT,
        env=os.environ | {"AWS_REGION": "us-east-1", "CLOUD_CHAT_PAUSE": "0"} | new.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: new.count(where) > 0, 20, "the call")
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 130, output
    assert "interrupted; it is safe to run the same command again" in output.splitlines()[-1]
    run = new.run(FIRST)
    assert run.returncode == 0, run.stdout
    assert is_plain(run), run.stdout
