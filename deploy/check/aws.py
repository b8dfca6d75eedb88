"""AWS on this machine: ministack, which speaks HTTP and enforces IAM."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import requests

from deploy.check.places import ROOT, TOOLS
from deploy.check.podman import PODMAN
from tests.waiting import wait_until

PORT = 4566
URL = f"http://127.0.0.1:{PORT}"
ACCOUNT = "000000000000"
REGION = "us-east-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

INSTANCE_IMAGE = "/check/instance-image"  # the stand-in lacks the public parameter of AWS

# Parameters of a chat by name over HTTP; the stand-in doesn't know fixed addresses in templates.
BY_NAME = "FixedAddress=false Https=false SignIn=name"

# The stand-in accepts this key as an administrator.
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": URL,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextlib.contextmanager
def running(folder: Path) -> Iterator[None]:
    """Run the stand-in until the end of the `with` block."""
    _let_the_registry_be_found()
    variables = {"GATEWAY_PORT": str(PORT), "AUTH": "true", "LOG_LEVEL": "WARNING"}
    variables |= {"HOME": str(folder), "STATE_DIR": str(folder), "DOCKER_HOST": "unix:///none"}
    environment = os.environ | variables
    with (folder / "ministack.log").open("w") as log:
        command = [TOOLS / "ministack"]
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until(_answers, 60, "ministack")
        yield
    finally:
        process.kill()
        process.wait()


def _let_the_registry_be_found() -> None:
    """Redirect requests for the registry of AWS to the stand-in, within our namespaces only."""
    hosts = Path("/run/hosts")
    hosts.write_text(f"127.0.0.1 localhost\n127.0.0.2 {REGISTRY}\n")
    subprocess.run(["mount", "--bind", hosts, "/etc/hosts"], check=True)
    rule = f"-d 127.0.0.2 -p tcp --dport 80 -j DNAT --to-destination 127.0.0.1:{PORT}"
    subprocess.run(["iptables", "-t", "nat", "-A", "OUTPUT", *rule.split()], check=True)


def _answers() -> bool:
    try:
        return requests.get(f"{URL}/_ministack/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def reset() -> None:
    """Reset the stand-in to a new account."""
    requests.post(f"{URL}/_ministack/reset", timeout=30).raise_for_status()


def publish_instance_image(image: str) -> None:
    """Publish an image as the newest one of the operating system."""
    client("ssm").put_parameter(Name=INSTANCE_IMAGE, Type="String", Value=image, Overwrite=True)


def client(service: str, **credentials: str) -> boto3.client:
    """A client with the given credentials, by default those of the administrator."""
    credentials = credentials or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, region_name=REGION, endpoint_url=URL, **credentials)


def resource(name: str, stack: str = "cloud-chat") -> str:
    """The id of a resource of the stack by its name in the template."""
    detail = client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId=name
    )
    return str(detail["StackResourceDetail"]["PhysicalResourceId"])


def left() -> dict[str, list[str]]:
    """Resources that a take-down should have removed, by kind; without those of AWS itself."""
    groups = client("ec2").describe_security_groups()["SecurityGroups"]
    roles = client("iam").list_roles()["Roles"]
    parameters = client("ssm").describe_parameters()["Parameters"]
    kinds = {
        "tables": client("dynamodb").list_tables()["TableNames"],
        "clusters": client("ecs").list_clusters()["clusterArns"],
        "repositories": _names(client("ecr").describe_repositories(), "repositoryName"),
        "roles": [each["RoleName"] for each in roles if "/aws-service-role/" not in each["Path"]],
        "log groups": _names(client("logs").describe_log_groups(), "logGroupName"),
        "user pools": _names(client("cognito-idp").list_user_pools(MaxResults=60), "Name"),
        "parameters": [each["Name"] for each in parameters if each["Name"] != INSTANCE_IMAGE],
        "secrets": _names(client("secretsmanager").list_secrets(), "Name"),
        "security groups": [each["GroupName"] for each in groups if each["GroupName"] != "default"],
    }
    return {kind: names for kind, names in kinds.items() if names}


def _names(answer: dict, key: str) -> list[str]:
    (items,) = (each for each in answer.values() if isinstance(each, list))
    return [item[key] for item in items]


def instead(function: str) -> str:
    """Commands after which a program answers in place of `aws`, by a function of that name.

    The script has such a function of its own, so another one would not be asked.
    """
    below = f"{ROOT}/deploy/check/bin/aws"
    program = f'#!/bin/bash\n{function.replace("command aws", below)}\naws "$@"\n'
    return f"""folder=$(mktemp -d)
cat > "$folder/aws" << 'END'
{program}END
chmod +x "$folder/aws"
export PATH=$folder:$PATH
"""


def shell(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run commands as an operator does, with `aws` and `docker`; stops at the first failure."""
    tools = f"{ROOT}/deploy/check/bin:{TOOLS}:{os.environ['PATH']}"
    ours = {"PATH": tools, "PODMAN": " ".join(PODMAN), "AWS": f"{TOOLS}/aws"}
    environment = os.environ | ENVIRONMENT | ours | {"INSTANCE_IMAGE": INSTANCE_IMAGE}
    environment["CLOUD_CHAT_PAUSE"] = "0"  # seconds until the script looks again
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=1200,
    )
