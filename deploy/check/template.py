"""Reads the CloudFormation templates, to compare them with the files of the manual deployment."""

import re
import subprocess
from functools import cache
from typing import Any

import yaml

from deploy.check.places import ROOT

NO_VALUE = object()
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::NoValue": NO_VALUE,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "cloud-chat",
    "AWS::URLSuffix": "amazonaws.com",
}
# The values of references to other resources, once these exist; for all others it is their name.
ATTRIBUTES = {
    "Address": "203.0.113.7",
    "Images.Arn": "arn:aws:ecr:eu-central-1:123456789012:repository/cloud-chat",
    "InstanceRole": "CloudChatInstanceRole",
    "Log.Arn": "arn:aws:logs:eu-central-1:123456789012:log-group:cloud-chat:*",
    "TaskRole": "EcsDynamoDBTaskRole",
    "TaskRole.Arn": "arn:aws:iam::123456789012:role/EcsDynamoDBTaskRole",
    "ExecutionRole.Arn": "arn:aws:iam::123456789012:role/CloudChatExecutionRole",
    "Log": "cloud-chat",
    "Secret": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:cloud-chat/secret-key-x",
}


class _Loader(yaml.SafeLoader):
    """Reads `!Ref X` as `("Ref", "X")`."""


def _function(loader: _Loader, name: str, node: yaml.Node) -> tuple[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return name, loader.construct_scalar(node)
    return name, loader.construct_sequence(node, deep=True)


_Loader.add_multi_constructor("!", _function)


@cache
def text(shape: str) -> str:
    """The template of a shape, small or large."""
    compose = [ROOT / "deploy/lib/compose", shape]
    return subprocess.run(compose, check=True, capture_output=True, text=True).stdout


def defaults(shape: str) -> dict[str, Any]:
    """The parameters of a shape with their defaults; None for one without."""
    template = yaml.load(text(shape), _Loader)
    return {name: each.get("Default") for name, each in template["Parameters"].items()}


def resource(name: str, shape: str = "small", **parameters: str) -> dict[str, Any]:
    """The properties of a resource, with the given parameters and defaults for the others."""
    template = yaml.load(text(shape), _Loader)
    values = {**PSEUDO, **ATTRIBUTES, **defaults(shape), **parameters}
    resolver = _Resolver(values, template["Conditions"])
    properties = resolver.resolve(template["Resources"][name]["Properties"])
    assert isinstance(properties, dict)
    return properties


def resources(shape: str = "small", **parameters: str) -> dict[str, Any]:
    """The resources that there are with the given parameters, by their logical ids."""
    template = yaml.load(text(shape), _Loader)
    values = {**PSEUDO, **ATTRIBUTES, **defaults(shape), **parameters}
    resolver = _Resolver(values, template["Conditions"])
    return {
        name: each
        for name, each in template["Resources"].items()
        if "Condition" not in each or resolver.holds(("Condition", each["Condition"]))
    }


class _Resolver:
    """Replaces the functions of CloudFormation by their values."""

    def __init__(self, values: dict[str, Any], conditions: dict[str, Any]) -> None:
        self._values = values
        self._conditions = conditions

    def resolve(self, value: Any) -> Any:  # noqa: PLR0911  one for each function
        match value:
            case dict():
                items = {key: self.resolve(each) for key, each in value.items()}
                return {key: each for key, each in items.items() if each is not NO_VALUE}
            case list():
                return [each for each in map(self.resolve, value) if each is not NO_VALUE]
            case ("Ref" | "GetAtt", name):
                return self._values.get(name, name)
            case ("If", (condition, then, otherwise)):
                return self.resolve(then if self.holds(("Condition", condition)) else otherwise)
            case ("Join", (separator, parts)):
                return separator.join(self.resolve(parts))
            case ("Sub", str() as text):
                return self._substitute(text, self._values)
            case ("Sub", (text, more)):
                return self._substitute(text, self._values | self.resolve(more))
        return value

    def _substitute(self, text: str, values: dict[str, Any]) -> str:
        return re.sub(r"\$\{([^}]+)}", lambda match: str(values.get(match[1], match[1])), text)

    def holds(self, condition: Any) -> bool:
        """Whether a condition, or the one of a name, is true."""
        match condition:
            case ("Condition", name):
                return self.holds(self._conditions[name])
            case ("Equals", (one, other)):
                return str(self.resolve(one)) == str(self.resolve(other))
            case ("Not", (each,)):
                return not self.holds(each)
            case ("Or", each):
                return any(map(self.holds, each))
            case ("And", each):
                return all(map(self.holds, each))
        raise AssertionError(condition)
