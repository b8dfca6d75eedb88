"""The template of the small shape: linters find nothing, and it gives the hand-made chat."""

import subprocess

import pytest

from deploy.check.places import ROOT, TOOLS
from deploy.check.template import ATTRIBUTES, resource, text
from deploy.check.test_task_definition import ACCOUNT, filled_in


@pytest.fixture(autouse=True)
def _account(monkeypatch):
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


def run(*command):
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def template(tmp_path):
    """The template in a file."""
    file = tmp_path / "template.yaml"
    file.write_text(text("small"))
    return file


def test_cfn_lint_finds_nothing(template):
    code, output = run(TOOLS / "cfn-lint", template)
    assert code == 0, output


def test_the_policy_scanner_finds_only_what_the_template_excuses(template):
    options = ("--framework", "cloudformation", "--compact", "--quiet", "--skip-download")
    code, output = run(TOOLS / "checkov", "--file", template, *options)
    assert "Failed checks: 0" in output, output
    assert code == 0
    skipped = text("small").count("- id: CKV_")
    assert text("small").count("            comment: ") == skipped > 0


def test_it_is_small_enough_to_be_sent_without_a_bucket(figure):
    size = len(text("small").encode())
    figure("template of the small shape, of 51,200 bytes", f"{size:,}")
    assert size <= 51_200


def test_the_task_is_that_of_the_hand_made_way():
    task = lower(resource("Task", ImageVersion="1.2.3"))
    assert task == filled_in("task-def.json", None)


def lower(value, name=""):
    """Change names and values from CloudFormation's form (capital first letter) to the API's."""
    if isinstance(value, dict):
        keep = name in {"Options", "DriverOpts"}
        return {k if keep else k[0].lower() + k[1:]: lower(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [lower(each) for each in value]
    return str(value) if name == "Value" else value


@pytest.mark.parametrize(
    ("role", "trust"),
    [
        ("TaskRole", "ecs-tasks-trust"),
        ("ExecutionRole", "ecs-tasks-trust"),
        ("InstanceRole", "ec2-trust"),
    ],
)
def test_whom_a_role_trusts_is_that_of_the_hand_made_way(role, trust):
    trusted = resource(role)["AssumeRolePolicyDocument"]
    assert trusted == filled_in(f"deploy/policies/{trust}.json", None)


@pytest.mark.parametrize(
    ("policy", "file"),
    [
        ("table", "table"),
        ("execution", "execution"),
        ("fixed-address", "address"),
        ("certificate", "certificate"),
    ],
)
def test_what_a_role_may_do_is_that_of_the_hand_made_way(policy, file):
    documents = {each["PolicyName"]: each["PolicyDocument"] for each in policies()}
    assert documents[policy] == filled_in(f"deploy/policies/{file}.json", None)


def policies():
    """The policies of the roles of the chat, and those that are resources of their own."""
    for role in ("TaskRole", "ExecutionRole"):
        yield from resource(role)["Policies"]
    for policy, role in (("AddressPolicy", "InstanceRole"), ("CertificatePolicy", "TaskRole")):
        properties = resource(policy)
        assert properties["Roles"] == [ATTRIBUTES[role]]
        yield properties


def test_without_https_the_chat_itself_is_on_port_80_and_there_is_nothing_beside_it():
    (chat,) = resource("Task", ImageVersion="1.2.3", Https="false")["ContainerDefinitions"]
    assert [each["HostPort"] for each in chat["PortMappings"]] == [80]
    assert not {"DependsOn", "MountPoints"} & chat.keys()
    assert {"Name": "CHAT_PROXIES", "Value": "0"} in chat["Environment"]


def test_a_domain_is_what_the_certificate_and_the_chat_are_for():
    parameters = {"Domain": "chat.example.com", "SignIn": "openid", "Hosts": "other.example.com"}
    chat, https = resource("Task", ImageVersion="1.2.3", **parameters)["ContainerDefinitions"]
    variables = {each["Name"]: each["Value"] for each in chat["Environment"] + https["Environment"]}
    assert variables["HTTPS_NAME"] == "chat.example.com"
    assert variables["CHAT_BASE_URL"] == "https://chat.example.com"
    assert variables["CHAT_HOSTS"] == "chat.example.com,other.example.com"


def test_the_authority_of_the_certificate_reaches_port_80_whoever_is_let_in():
    rules = resource("InstanceSecurity", AllowedAddresses="203.0.113.0/24")["SecurityGroupIngress"]
    let_in = {rule["FromPort"]: rule["CidrIp"] for rule in rules}
    assert let_in == {80: "0.0.0.0/0", 443: "203.0.113.0/24"}
    rules = resource("InstanceSecurity", AllowedAddresses="203.0.113.0/24", Https="false")
    assert {rule["CidrIp"] for rule in rules["SecurityGroupIngress"]} == {"203.0.113.0/24"}


def test_connections_are_not_tracked_by_the_firewall():
    """Only rules from everywhere and to everywhere are not; there is a limit for the others."""
    (rule,) = resource("InstanceSecurity")["SecurityGroupEgress"]
    assert (rule["IpProtocol"], rule["CidrIp"]) == ("-1", "0.0.0.0/0")


def test_zones_are_not_balanced_for_the_only_container():
    """ECS does so by default, and refuses a service that can have no second one meanwhile."""
    service = resource("Service", ImageVersion="1.2.3")
    assert service["AvailabilityZoneRebalancing"] == "DISABLED"
    assert service["DeploymentConfiguration"]["MaximumPercent"] == 100


def test_instances_without_credits_get_no_setting_for_them():
    assert "CreditSpecification" in instance()
    assert "CreditSpecification" not in instance(CpuCredits="none")


def instance(**parameters):
    """The data of the launch template."""
    return resource("InstanceTemplate", InstanceImage="ami-1", **parameters)["LaunchTemplateData"]


def test_an_instance_runs_the_first_boot_for_its_own_stack():
    script = instance()["UserData"]["Fn::Base64"]
    first = "#!/bin/bash\nexport CHAT_STACK=cloud-chat CHAT_CLUSTER=Cluster\n"
    assert script == first + (ROOT / "user-data.sh").read_text()


def test_the_secrets_manager_may_take_the_place_of_the_parameter_store():
    task = resource("Task", ImageVersion="1.2.3", SecretStore="secrets-manager")
    ((secret,),) = (each["Secrets"] for each in task["ContainerDefinitions"] if "Secrets" in each)
    (policy,) = resource("ExecutionRole", SecretStore="secrets-manager")["Policies"]
    permission = policy["PolicyDocument"]["Statement"][-1]
    assert secret["ValueFrom"] == permission["Resource"] == ATTRIBUTES["Secret"]
    assert permission["Action"] == "secretsmanager:GetSecretValue"
