"""Tests of deploy/cloud-chat beyond the commands of docs/deploy.md."""

import pytest

from deploy.check import aws
from deploy.check.aws_faults import Faults
from deploy.check.places import ROOT

PARAMETERS = aws.BY_NAME


def cloud_chat(command, version="1", before=""):
    run = aws.shell(
        f"{before}deploy/cloud-chat {command}",
        VERSION=version,
        CLOUD_CHAT_PARAMETERS=PARAMETERS,
    )
    return run.returncode, run.stdout


@pytest.fixture(scope="module")
def deployed(account):
    code, output = cloud_chat("deploy Title='Our chat' AllowedAddresses=203.0.113.0/24")
    assert code == 0, output
    return output


def environment():
    (service,) = aws.client("ecs").describe_services(cluster="cloud-chat", services=["cloud-chat"])[
        "services"
    ]
    task = aws.client("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])
    (container,) = task["taskDefinition"]["containerDefinitions"]
    return container["image"], {each["name"]: each["value"] for each in container["environment"]}


def secret():
    parameter = aws.client("ssm").get_parameter(Name="/cloud-chat/secret-key", WithDecryption=True)
    return parameter["Parameter"]["Value"]


def test_the_secret_is_made_and_never_shown(deployed):
    assert len(secret()) >= 48
    assert secret() not in deployed


def test_again_it_changes_nothing_and_builds_nothing(deployed):
    before = (environment(), secret())
    code, output = cloud_chat("deploy")
    assert code == 0, output
    assert (environment(), secret()) == before
    assert before[0][1]["CHAT_TITLE"] == "Our chat", "what was set once stays"
    assert "Building" not in output


def test_only_those_reach_it_who_were_let_in(deployed):
    groups = aws.client("ec2").describe_security_groups()["SecurityGroups"]
    (ours,) = [each for each in groups if each["Description"].startswith("The chat")]
    for rule, port in zip(ours["IpPermissions"], (80, 443), strict=True):
        assert rule["FromPort"] == rule["ToPort"] == port
        assert [each["CidrIp"] for each in rule["IpRanges"]] == ["203.0.113.0/24"]


def test_an_update_and_a_rollback_change_the_version_and_nothing_else(deployed):
    (image, settings), key = environment(), secret()
    code, output = cloud_chat("update", version="2")
    assert code == 0, output
    assert image.endswith("/cloud-chat:1")
    assert environment() == (image.replace(":1", ":2"), settings)
    code, output = cloud_chat("rollback 1", version="3")
    assert code == 0, output
    assert environment() == (image, settings)
    assert "Building" not in output
    assert secret() == key


def test_a_new_key_is_made_and_the_one_before_still_accepted(deployed):
    before = secret().splitlines()[0]
    code, output = cloud_chat("rotate-key")
    assert code == 0, output
    new, old = secret().splitlines()
    assert (len(new), old) == (48, before)
    assert new not in output


def test_an_exchange_that_was_interrupted_is_repeated_and_signs_nobody_out(deployed, tmp_path):
    signing = secret().splitlines()[0]
    faults = Faults(tmp_path, onward=ROOT / "deploy/check/bin")
    faults.refuse("aws ecs update-service", "Could not connect to the endpoint URL", times=1)
    assert faults.run("rotate-key").returncode == 1
    assert secret().splitlines()[0] != signing, "stored, but not yet in use"
    run = faults.run("rotate-key")
    assert run.returncode == 0, run.stdout
    assert signing in secret().splitlines()


def test_a_key_that_somebody_knows_is_not_accepted_any_more(deployed):
    before = secret().splitlines()
    code, output = cloud_chat("rotate-key --sign-out")
    assert code == 0, output
    assert not set(secret().splitlines()) & set(before)
    assert len(secret()) == 48, "without a line break, or the next exchange would sign all out"


def instances():
    """The version of the launch template of the instances, and its image."""
    (group,) = aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    template = group["LaunchTemplate"]
    (version,) = aws.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=[template["Version"]]
    )["LaunchTemplateVersions"]
    return template["Version"], version["LaunchTemplateData"]["ImageId"]


def test_a_newer_operating_system_replaces_the_instance_on_request_only(deployed):
    before = instances()
    aws.publish_instance_image("ami-0fedcba9876543210")
    assert cloud_chat("deploy Title='Our chat'")[0] == 0
    assert instances() == before
    assert cloud_chat("deploy InstanceImage=latest")[0] == 0
    assert instances() == (str(int(before[0]) + 1), "ami-0fedcba9876543210")
    assert cloud_chat("deploy")[0] == 0
    assert instances()[1] == "ami-0fedcba9876543210", "it stays"


# The stand-in has no fixed addresses, so this answers as AWS does.
FIXED = """aws() {
  command aws "$@"
  case "$*" in *describe-stacks*) printf 'output:Address\\t192.0.2.7\\n' ;; esac
}
"""


def test_an_instance_without_the_fixed_address_is_noticed(deployed):
    warning = "could not take the fixed address"
    assert warning not in cloud_chat("status")[1]
    output = cloud_chat("status", before=aws.instead(FIXED))[1]
    assert f"{warning} 192.0.2.7" in output


def test_an_unknown_version_is_not_rolled_back_to(deployed):
    code, output = cloud_chat("rollback 0.0.7")
    assert code == 1
    assert "there is no version 0.0.7 in the registry" in output


def test_a_bad_parameter_changes_nothing_and_is_explained(deployed):
    before = environment()
    code, output = cloud_chat("deploy TableUnits=many")
    assert code == 1
    assert "TableUnits" in output
    assert environment() == before


def test_the_table_outlives_the_stack_and_is_used_again(deployed):
    item = {"RoomID": {"S": "general"}, "Timestamp": {"S": "1"}}
    aws.client("dynamodb").put_item(TableName="ChatMessages", Item=item)
    key = secret()
    for _ in range(2):  # safe to run again
        code, output = cloud_chat("take-down")
        assert code == 0, output
        assert "The next deployment goes on with ChatMessages" in output
        assert aws.left() == {
            "tables": ["ChatMessages"],
            "parameters": ["/cloud-chat/secret-key", "/cloud-chat/table"],
        }
    code, output = cloud_chat("deploy")
    assert code == 0, output
    assert aws.client("dynamodb").scan(TableName="ChatMessages")["Items"] == [item]
    assert secret() == key


def test_a_restored_table_takes_the_place_of_the_old_one_which_stays(deployed):
    dynamodb = aws.client("dynamodb")
    table = dynamodb.describe_table(TableName="ChatMessages")["Table"]
    dynamodb.create_table(
        TableName="ChatMessages-restored",
        KeySchema=table["KeySchema"],
        AttributeDefinitions=table["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    code, output = cloud_chat("deploy TableName=ChatMessages-restored")
    assert code == 0, output
    assert "The table ChatMessages-restored is not of this stack" in output
    assert environment()[1]["CHAT_HISTORY"].startswith("dynamodb://ChatMessages-restored?")
    assert dynamodb.list_tables()["TableNames"] == ["ChatMessages", "ChatMessages-restored"]


def test_a_take_down_with_the_table_says_that_the_replaced_one_is_left(deployed):
    code, output = cloud_chat("take-down --with-table")
    assert code == 0, output
    assert "Left with their messages: ChatMessages\n" in output
    assert aws.left() == {"tables": ["ChatMessages"]}


def test_the_secrets_manager_may_keep_the_key(deployed):
    code, output = cloud_chat("deploy SecretStore=secrets-manager")
    assert code == 0, output
    managed = aws.client("secretsmanager")
    before = managed.get_secret_value(SecretId="cloud-chat/secret-key")["SecretString"]
    code, output = cloud_chat("rotate-key")
    assert code == 0, output
    keys = managed.get_secret_value(SecretId="cloud-chat/secret-key")["SecretString"]
    assert keys.splitlines()[1:] == [before]
    assert aws.left()["secrets"] == ["cloud-chat/secret-key"]
    code, output = cloud_chat("take-down --with-table")
    assert code == 0, output
    assert "No table of messages is left" in output
    assert aws.left() == {}
