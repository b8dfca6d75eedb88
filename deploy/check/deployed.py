"""The chat as ECS would run it, with what the deployed task definition says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.check import aws, task_role
from deploy.check.podman import Container

PORT = 8003


def definition() -> dict[str, Any]:
    """The task definition of the service."""
    ecs = aws.client("ecs")
    ecs.meta.events.register("before-parse.ecs.DescribeTaskDefinition", _with_small_letters)
    answer = ecs.describe_services(cluster="cloud-chat", services=["cloud-chat"])
    (service,) = answer["services"]
    return ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]


def _with_small_letters(response_dict: dict[str, Any], **_: object) -> None:
    """The stand-in answers with the secrets as CloudFormation writes them, which the SDK drops."""
    body = response_dict["body"]
    for name in (b"name", b"valueFrom"):
        body = body.replace(b'"' + name[:1].upper() + name[1:] + b'"', b'"' + name + b'"')
    response_dict["body"] = body


def environment() -> dict[str, str]:
    """The variables of the chat, without the secrets."""
    return {each["name"]: each["value"] for each in _chat()["environment"]}


def secrets() -> dict[str, str]:
    """The secrets of the chat, as ECS fetches them from the Parameter Store."""
    return {each["name"]: _parameter(each["valueFrom"]) for each in _chat()["secrets"]}


def _chat() -> dict[str, Any]:
    chat, *_others = definition()["containerDefinitions"]
    return chat


def _parameter(arn: str) -> str:
    name = arn.partition(":parameter")[2]
    parameter = aws.client("ssm").get_parameter(Name=name, WithDecryption=True)
    return parameter["Parameter"]["Value"]


@contextmanager
def running(authority: Path) -> Iterator[Container]:
    """Run the chat until the end of the `with` block.

    Args:
        authority: The certificate of the authority that it trusts.
    """
    role = definition()["taskRoleArn"]
    task_role.let_the_agent_take(role.rpartition("/")[2])
    of_this_machine = {
        "AWS_ENDPOINT_URL": task_role.AWS_IN_CONTAINERS,
        "SSL_CERT_FILE": "/authority.pem",
        task_role.VARIABLE: task_role.PATH,
    }
    options = ("--tmpfs", "/run/chat:mode=1777", "--volume", f"{authority}:/authority.pem:ro")
    with task_role.agent(role):
        container = Container(
            "deployed", PORT, environment() | secrets() | of_this_machine, options
        )
        try:
            container.start()
            yield container
        finally:
            container.remove()
