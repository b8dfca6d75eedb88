"""What a refused or interrupted run must not do, and what the next one finds."""

import os
import subprocess

import pytest

from deploy.check import aws_faults, template
from deploy.check.aws_faults import last_line, stack
from deploy.check.places import ROOT
from tests.waiting import wait_until

STACKS = "aws cloudformation describe-stacks"
RESOURCE = "aws cloudformation describe-stack-resource"
EXECUTE = "aws cloudformation execute-change-set"
CHANGED = "aws cloudformation wait stack-update-complete"
PUT = "aws ssm put-parameter"
THROTTLED = "An error occurred (ThrottlingException): Rate exceeded"
ISSUER = "https://login.example.com"
POOL = "us-east-1_abcdefghi"
LARGE = "Shape=large Domain=chat.example.com Certificate=arn:certificate"
ANN = "ann@example.com"


def calls(faults):
    return [each.call for each in faults.calls()]


# Secrets


def test_a_secret_that_could_not_be_stored_ends_the_deployment(tmp_path):
    provider = {"SignIn": "openid", "OidcIssuer": ISSUER, "OidcClientId": "chat"}
    running = aws_faults.running_account(tmp_path, **provider)
    running.answer("curl", {"issuer": ISSUER})
    running.refuse(PUT, THROTTLED)
    run = running.run("update", VERSION="2", OIDC_CLIENT_SECRET="another")
    assert run.returncode == 1
    assert "AWS did not answer `aws ssm put-parameter`" in last_line(run)
    assert "aws ecs update-service" not in calls(running)


def test_credentials_that_end_during_an_exchange_of_the_key_are_named_at_once(running):
    running.answer("aws ecs update-service", {})
    running.refuse("aws ecs wait services-stable", "An error occurred (ExpiredTokenException)")
    run = running.run("rotate-key")
    assert run.returncode == 1
    assert "AWS does not accept these credentials any more" in last_line(run)
    assert calls(running).count("aws ecs wait services-stable") == 1


def test_a_wait_for_containers_that_gives_up_is_continued(running):
    running.answer("aws ecs update-service", {})
    running.answer("aws ecs wait services-stable", "")
    given_up = "Waiter ServicesStable failed: Max attempts exceeded"
    running.refuse("aws ecs wait services-stable", given_up, times=2)
    run = running.run("rotate-key")
    assert run.returncode == 0, run.stdout


def test_no_secret_stays_when_the_terminal_is_gone(running, tmp_path):
    running.answer("aws ecs update-service", "", seconds=2)
    files = tmp_path / "files"
    files.mkdir()
    process = subprocess.Popen(
        ["deploy/cloud-chat", "rotate-key"],
        cwd=ROOT,
        env=os.environ | running.environment(AWS_REGION="us-east-1", TMPDIR=str(files)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: "aws ecs update-service" in calls(running), 20, "the call")
    assert list(files.rglob("new-key"))
    process.stderr.close()  # what the end says goes nowhere
    process.stdout.close()
    process.terminate()
    process.wait(20)
    assert not list(files.iterdir())


# Accounts


def test_no_account_is_deleted_because_a_question_was_not_answered(new):
    made = stack("ROLLBACK_COMPLETE")
    new.answer(STACKS, made, having="cloud-chat-sign-in")
    new.answer("aws cognito-idp list-user-pools", pools())
    new.refuse("aws cognito-idp list-users", THROTTLED)
    run = new.run(f"deploy Administrator={ANN}")
    assert run.returncode == 1
    assert "AWS did not answer `aws cognito-idp list-users`" in last_line(run)
    assert "aws cognito-idp delete-user-pool" not in calls(new)


def pools():
    return {"UserPools": [{"Id": POOL, "Name": "cloud-chat-sign-in"}]}


def test_accounts_that_are_being_made_are_waited_for(new):
    going = stack("CREATE_IN_PROGRESS")
    new.answer(STACKS, stack("ROLLBACK_FAILED"), having="cloud-chat-sign-in")
    new.answer(STACKS, going, having="cloud-chat-sign-in", times=4)
    new.refuse("aws cognito-idp list-user-pools", THROTTLED)  # far enough
    run = new.run(f"deploy Administrator={ANN}")
    assert "AWS did not answer `aws cognito-idp list-user-pools`" in last_line(run)
    assert sum("cloud-chat-sign-in" in " ".join(each.arguments) for each in new.calls()) > 4


def test_a_question_for_accounts_that_is_refused_is_no_lack_of_them(running):
    running.answer(STACKS, stack(SignIn="cognito"))
    running.refuse(STACKS, having="cloud-chat-sign-in")
    run = running.run("invite ben@example.com")
    assert "AWS refused `aws cloudformation describe-stacks`" in last_line(run)


# The table


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_FAILED"])
def test_a_take_down_that_is_repeated_removes_the_same_table(running, status):
    gone = "aws cloudformation delete-stack"
    running.answer(STACKS, stack(status, TableName="ChatMessages-restored"), until=gone)
    running.refuse("aws cognito-idp list-user-pools", THROTTLED, times=1)
    kept = {"Parameter": {"Value": "ChatMessages-restored"}}
    running.answer("aws ssm get-parameter", kept, having="/cloud-chat/table", after=PUT)
    run = running.run("take-down --with-table")
    assert run.returncode == 1, run.stdout
    run = running.run("take-down --with-table")
    assert run.returncode == 0, run.stdout
    changed = [
        each.arguments
        for each in running.calls()
        if each.call.startswith("aws dynamodb delete") or each.call == PUT
    ]
    assert changed
    assert all("ChatMessages-restored" in each for each in changed), changed
    removed = [each for each in running.calls() if each.call == "aws ssm delete-parameter"]
    assert any("/cloud-chat/table" in each.arguments for each in removed)


def test_a_table_that_is_still_being_restored_is_waited_for(running):
    being_made = {"Table": {"TableStatus": "CREATING"}}
    running.answer("aws dynamodb describe-table", being_made)
    run = running.run("deploy TableName=ChatMessages-restored")
    assert "ChatMessages-restored is still being made" in last_line(run)
    assert EXECUTE not in calls(running)


def test_the_next_deployment_goes_on_with_the_table_that_the_last_one_used(new):
    kept = {"Parameter": {"Value": "ChatMessages-restored"}}
    new.answer("aws ssm get-parameter", kept, having="/cloud-chat/table")
    run = new.run("deploy SignIn=name")
    assert run.returncode == 0, run.stdout
    described = [each for each in new.calls() if each.call == "aws dynamodb describe-table"]
    assert all("ChatMessages-restored" in each.arguments for each in described)


# Stacks of somebody else


@pytest.mark.parametrize("command", ["take-down", "update"])
@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "ROLLBACK_COMPLETE"])
def test_a_stack_that_is_no_chat_is_left_alone(running, command, status):
    foreign = stack(status)
    foreign["Stacks"][0]["Tags"] = [{"Key": "app", "Value": "payroll"}]
    running.answer(STACKS, foreign)
    run = running.run(command, CLOUD_CHAT_STACK="payroll")
    assert run.returncode == 1
    assert "the stack payroll is not a chat" in last_line(run)
    assert "aws cloudformation delete-stack" not in calls(running)


# Images


def test_an_image_that_an_interrupted_run_has_pushed_is_not_pushed_again(new):
    one = {"imageDetails": [{"imageTags": ["1"]}]}
    missing = "An error occurred (ImageNotFoundException)"
    new.refuse("aws ecr describe-images", missing, having="imageTag=1-https")
    new.answer("aws ecr describe-images", one, having="imageTag=1 ")
    run = new.run("deploy SignIn=name")
    assert run.returncode == 0, run.stdout
    (pushed,) = [each.arguments for each in new.calls() if each.arguments[0] == "push"]
    assert pushed[1].endswith(":1-https")


def test_a_version_of_before_https_can_be_rolled_back_to(tmp_path):
    running = aws_faults.running_account(tmp_path, Https="false")
    missing = "An error occurred (ImageNotFoundException)"
    running.refuse("aws ecr describe-images", missing, having="imageTag=0-https")
    run = running.run("rollback 0")
    assert run.returncode == 0, run.stdout


# The large shape


def large(**parameters):
    """A stack of the large shape, and its certificate."""
    given = {"Domain": "chat.example.com", "Certificate": "arn:certificate", **parameters}
    document = stack(Containers="2", MostContainers="8", Launch="ec2", **given)
    (found,) = document["Stacks"]
    found["Outputs"] = [
        {"OutputKey": key, "OutputValue": value}
        for key, value in {"Shape": "large", "Url": "https://chat.example.com"}.items()
    ]
    return document


def certificate(status="ISSUED"):
    return {
        "Certificate": {
            "Status": status,
            "SubjectAlternativeNames": ["chat.example.com"],
            "DomainValidationOptions": [
                {"ResourceRecord": {"Name": "_x", "Type": "CNAME", "Value": "_y"}}
            ],
        }
    }


def with_hook(faults):
    """ECS has put its hook on the group."""
    hook = {
        "LifecycleHookName": "ecs-managed-draining-termination-hook",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    }
    group = {"StackResourceDetail": {"PhysicalResourceId": "group"}}
    faults.answer(RESOURCE, group, having="Instances")
    faults.answer("aws autoscaling describe-lifecycle-hooks", {"LifecycleHooks": [hook]})
    faults.answer("aws autoscaling delete-lifecycle-hook", "")
    faults.answer("aws acm describe-certificate", certificate())


RELEASE = "aws autoscaling delete-lifecycle-hook"


def test_before_instances_end_in_a_move_nobody_waits_for_ecs(running):
    running.answer(STACKS, large())
    with_hook(running)
    run = running.run("deploy Launch=fargate", VERSION="2")
    made = calls(running)
    first, second = [number for number, call in enumerate(made) if call == EXECUTE][:2]
    assert RELEASE in made[first:second], run.stdout


def test_after_a_move_that_failed_the_instances_can_end(running):
    with_hook(running)
    running.refuse(CHANGED, "Waiter StackUpdateComplete failed", skip=1, times=1)
    run = running.run(f"deploy {LARGE}")
    assert run.returncode == 1
    assert "Running version 1 again" in run.stdout
    assert RELEASE in calls(running), run.stdout


def test_a_creation_that_is_rolled_back_for_long_does_not_wait_for_ecs(new):
    with_hook(new)
    made = "aws cloudformation wait stack-create-complete"
    new.answer(STACKS, stack("ROLLBACK_COMPLETE"), after=EXECUTE)
    new.answer(STACKS, stack("ROLLBACK_IN_PROGRESS"), after=EXECUTE, until=RELEASE)
    new.refuse(made, "Waiter StackCreateComplete failed: Max attempts exceeded")
    run = new.run(f"deploy SignIn=name {LARGE}")
    assert run.returncode == 1
    assert RELEASE in calls(new), run.stdout


def test_an_instance_of_the_small_shape_is_replaced_without_waiting_for_ecs(running):
    """A move back that was interrupted may have left its hook there."""
    with_hook(running)
    running.answer("aws cloudformation describe-change-set", aws_faults.change("InstanceTemplate"))
    run = running.run("deploy InstanceType=t3.small", VERSION="2")
    made = calls(running)
    assert RELEASE in made[: made.index(EXECUTE)], run.stdout


def test_a_small_chat_is_taken_down_without_waiting_for_ecs(running):
    with_hook(running)
    gone = "An error occurred (ValidationError): No Lifecycle Hook found"
    running.refuse(RELEASE, gone)  # somebody was first
    run = running.run("take-down")
    assert run.returncode == 0, run.stdout
    made = calls(running)
    assert RELEASE in made[: made.index("aws cloudformation delete-stack")]


def test_a_type_without_room_for_a_second_container_is_refused(new):
    new.answer("aws acm describe-certificate", certificate())
    domain = f"SignIn=name {LARGE}"
    for processors, memory in ((1, 4096), (2, 512)):
        kind = aws_faults.instance_type(processors, memory)
        new.answer("aws ec2 describe-instance-types", kind)
        run = new.run(f"deploy {domain} InstanceType=t3.nano")
        assert "it needs 2 processors and 1 GiB of memory" in last_line(run), run.stdout
    assert EXECUTE not in calls(new)


def test_another_processor_for_the_same_type_is_refused_before_the_chat_ends(running):
    running.answer(STACKS, large(InstanceType="t3.small"))
    with_hook(running)
    run = running.run("deploy Processor=arm64", VERSION="2")
    assert "t3.small has another processor than arm64" in last_line(run)
    assert EXECUTE not in calls(running)


def test_a_record_that_is_in_the_way_is_named_before_the_chat_ends(running):
    running.answer("aws route53 get-hosted-zone", {"HostedZone": {"Name": "example.com."}})
    records = [
        {"Name": "chat.example.com.", "Type": "A"},
        {"Name": "chat.example.com.", "Type": "TXT"},
        {"Name": "other.example.com.", "Type": "CNAME"},
    ]
    running.answer("aws route53 list-resource-record-sets", {"ResourceRecordSets": records})
    run = running.run("deploy Shape=large Domain=chat.example.com HostedZone=Z1")
    assert "the zone has a record for chat.example.com already (A); delete it" in last_line(run)
    assert EXECUTE not in calls(running)


def test_a_certificate_that_was_just_requested_is_waited_for(running):
    running.answer("aws acm list-certificates", {"CertificateSummaryList": []})
    running.answer("aws acm request-certificate", {"CertificateArn": "arn:certificate"})
    describe = "aws acm describe-certificate"
    running.answer(describe, certificate())
    running.answer(describe, certificate("PENDING_VALIDATION"), times=4)
    running.refuse(describe, "An error occurred (ResourceNotFoundException)", times=3)
    run = running.run("deploy Shape=large Domain=chat.example.com")
    assert "_x CNAME _y" in run.stdout
    assert EXECUTE in calls(running), run.stdout


def test_an_unanswered_question_for_a_certificate_is_no_refusal(running):
    running.answer("aws acm describe-certificate", certificate("PENDING_VALIDATION"), times=4)
    running.refuse("aws acm describe-certificate", THROTTLED, skip=4)
    run = running.run(f"deploy {LARGE}")
    assert "AWS did not answer `aws acm describe-certificate`" in last_line(run), run.stdout


def test_a_region_without_budgets_gets_a_chat_without_one(new):
    unknown = "An error occurred (TypeNotFoundException)"
    new.refuse("aws cloudformation describe-type", unknown)
    none = '"ParameterKey": "Budget", "ParameterValue": "0"'
    change = "aws cloudformation create-change-set"
    new.refuse(change, "An error occurred (ValidationError)")
    new.answer(change, {"Id": "arn:change"}, having=none)
    run = new.run(f"deploy SignIn=name AlarmEmail={ANN}", AWS_REGION="eu-north-1")
    assert run.returncode == 0, run.stdout
    assert "CloudFormation has no budgets in eu-north-1" in run.stdout


def test_a_budget_of_nothing_is_none():
    without = template.resources(AlarmEmail=ANN, Budget="0")
    assert template.resources(AlarmEmail=ANN).keys() - without == {"Spending"}
    assert "Spending" not in template.resources()


def test_the_status_of_a_stack_without_a_service_is_shown(running):
    running.answer(STACKS, large())
    running.refuse("aws ecs list-tasks", "An error occurred (ServiceNotFoundException)")
    running.refuse("aws ecs describe-services", "An error occurred (ClusterNotFoundException)")
    run = running.run("status")
    assert run.returncode == 0, run.stdout


def test_the_help_is_shown_in_every_folder():
    run = subprocess.run(
        ["./cloud-chat"], cwd=ROOT / "deploy", check=True, capture_output=True, text=True
    )
    assert "take-down" in run.stdout
    assert not run.stderr
