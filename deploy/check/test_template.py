"""deploy/template.yaml: linters find nothing, and both ways of deployment give the same chat."""

import base64
import subprocess

import pytest

from deploy.check.places import ROOT, TOOLS
from deploy.check.template import ATTRIBUTES, TEMPLATE, resource
from deploy.check.test_task_definition import ACCOUNT, filled_in


@pytest.fixture(autouse=True)
def _account(monkeypatch):
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


def run(*command):
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_cfn_lint_finds_nothing():
    code, output = run(TOOLS / "cfn-lint", TEMPLATE)
    assert code == 0, output


def test_the_policy_scanner_finds_only_what_the_template_excuses():
    options = ("--framework", "cloudformation", "--compact", "--quiet", "--skip-download")
    code, output = run(TOOLS / "checkov", "--file", TEMPLATE, *options)
    assert "Failed checks: 0" in output, output
    assert code == 0
    skipped = TEMPLATE.read_text().count("- id: CKV_")
    assert TEMPLATE.read_text().count("            comment: ") == skipped > 0


def test_the_task_is_that_of_the_hand_made_way():
    task = lower(resource("Task", ImageVersion="1.2.3"))
    assert task == filled_in("task-def.json", None)


def lower(value, name=""):
    """Change names and values from CloudFormation's form (capital first letter) to the API's."""
    if isinstance(value, dict):
        keep = name == "Options"
        return {k if keep else k[0].lower() + k[1:]: lower(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [lower(each) for each in value]
    return str(value) if name == "Value" else value


@pytest.mark.parametrize(
    ("role", "trust", "policy"),
    [
        ("TaskRole", "ecs-tasks-trust", "table"),
        ("ExecutionRole", "ecs-tasks-trust", "execution"),
        ("InstanceRole", "ec2-trust", "address"),
    ],
)
def test_a_role_is_that_of_the_hand_made_way(role, trust, policy):
    properties = resource(role)
    file = "deploy/policies/{}.json"
    assert properties["AssumeRolePolicyDocument"] == filled_in(file.format(trust), None)
    (inline,) = properties["Policies"]
    assert inline["PolicyName"] == policy
    assert inline["PolicyDocument"] == filled_in(file.format(policy), None)


def test_the_secrets_manager_may_take_the_place_of_the_parameter_store():
    task = resource("Task", ImageVersion="1.2.3", SecretStore="secrets-manager")
    ((secret,),) = (each["Secrets"] for each in task["ContainerDefinitions"])
    (policy,) = resource("ExecutionRole", SecretStore="secrets-manager")["Policies"]
    permission = policy["PolicyDocument"]["Statement"][-1]
    assert secret["ValueFrom"] == permission["Resource"] == ATTRIBUTES["Secret"]
    assert permission["Action"] == "secretsmanager:GetSecretValue"


def test_the_first_boot_fits_into_a_parameter():
    assert len(base64.b64encode((ROOT / "user-data.sh").read_bytes())) <= 4096
