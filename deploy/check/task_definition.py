"""Finds settings of a task definition that ECS would refuse, or that would not work."""

from collections.abc import Iterator
from typing import Any

import boto3
from botocore.model import Shape
from botocore.validate import ParamValidator

INSTANCE_MEMORY = 904  # MiB that a t3.micro has left for tasks beside the system and the agent

# The limits of the fields of a health check, which the model of the API lacks.
HEALTH_CHECK = {
    "interval": (5, 300),
    "timeout": (2, 60),
    "retries": (1, 10),
    "startPeriod": (0, 300),
}
STOP_TIMEOUT = 120  # seconds, the most that ECS allows
LEAST_MEMORY = 6  # MiB


def problems(definition: dict[str, Any]) -> list[str]:
    """The errors in the input of RegisterTaskDefinition; empty if there are none."""
    client = boto3.client("ecs", region_name="us-east-1")
    shape = client.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
    report = ParamValidator().validate(definition, shape).generate_report()
    found = report.splitlines() if report else list(_enums(shape, definition, "task"))
    return found or list(_unfit(definition))


def _unfit(definition: dict[str, Any]) -> Iterator[str]:
    containers = definition["containerDefinitions"]
    for container in containers:
        yield from _limits(container)
        yield from _references(container, definition)
    if sum(each["memoryReservation"] for each in containers) > INSTANCE_MEMORY:
        yield "the containers together don't fit a t3.micro"


def _references(container: dict[str, Any], definition: dict[str, Any]) -> Iterator[str]:
    names = {each["name"] for each in definition["containerDefinitions"]} - {container["name"]}
    volumes = {each["name"] for each in definition.get("volumes", [])}
    for dependency in container.get("dependsOn", []):
        if dependency["containerName"] not in names:
            yield f"there is no container {dependency['containerName']}"
    for mount in container.get("mountPoints", []):
        if mount["sourceVolume"] not in volumes:
            yield f"there is no volume {mount['sourceVolume']}"


def _enums(shape: Shape, value: Any, where: str) -> Iterator[str]:
    """Values that are not in the enums of the model, which botocore's validator doesn't check."""
    if shape.type_name == "structure":
        for name, each in value.items():
            yield from _enums(shape.members[name], each, f"{where}.{name}")
    elif shape.type_name == "list":
        for number, each in enumerate(value):
            yield from _enums(shape.member, each, f"{where}[{number}]")
    elif value not in (getattr(shape, "enum", None) or [value]):
        yield f"{where}: {value} is none of {', '.join(shape.enum)}"


def _limits(container: dict[str, Any]) -> Iterator[str]:
    reservation, limit = container["memoryReservation"], container["memory"]
    if not LEAST_MEMORY <= reservation < limit <= INSTANCE_MEMORY:
        yield f"memory {limit} and its reservation {reservation} don't fit a t3.micro"
    yield from _times(container)
    for mapping in container.get("portMappings", []):
        if not (0 < mapping["containerPort"] < 65536 and 0 <= mapping["hostPort"] < 65536):
            yield "a port is not within 0 to 65535"
    for limits in container["ulimits"]:
        if limits["softLimit"] > limits["hardLimit"]:
            yield f"ulimit {limits['name']}: soft is over hard"
    names = [each["name"] for each in container["environment"] + container.get("secrets", [])]
    if len(names) != len(set(names)):
        yield "a variable is set twice"


def _times(container: dict[str, Any]) -> Iterator[str]:
    if check := container.get("healthCheck"):
        for name, (least, most) in HEALTH_CHECK.items():
            if not least <= check[name] <= most:
                yield f"healthCheck.{name} is not within {least} to {most}"
        if check["timeout"] > check["interval"]:
            yield "healthCheck.timeout is longer than its interval"
    if not 0 < container["stopTimeout"] <= STOP_TIMEOUT:
        yield f"stopTimeout is not within 1 to {STOP_TIMEOUT}"
