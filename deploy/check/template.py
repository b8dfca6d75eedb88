"""Reads a template of CloudFormation, to compare it with the files of the manual deployment."""

import re
import subprocess
from functools import cache
from typing import Any

import yaml

from deploy.check.places import ROOT



@cache
def template(shape: str) -> str:
    """The text of the template of a shape: small or large."""
    compose = [ROOT / "deploy/lib/compose", shape]
    return subprocess.run(compose, check=True, capture_output=True, text=True).stdout


PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::URLSuffix": "amazonaws.com",
}
# The values of references to other resources, once the resources exist.
ATTRIBUTES = {
    "Images.Arn": "arn:aws:ecr:eu-central-1:123456789012:repository/cloud-chat",
    "Log.Arn": "arn:aws:logs:eu-central-1:123456789012:log-group:cloud-chat:*",
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


def resource(name: str, **parameters: str) -> dict[str, Any]:
    """The properties of a resource, with the given parameters and defaults for the others."""
    template = yaml.load(TEMPLATE.read_text(), _Loader)
    defaults = {key: each.get("Default") for key, each in template["Parameters"].items()}
    values = {**PSEUDO, **ATTRIBUTES, **defaults, **parameters}
    conditions = {
        "HasImage": bool(values["ImageVersion"]),
        "MakesSecret": values["SecretStore"] == "secrets-manager",
    }
    return _resolve(template["Resources"][name]["Properties"], values, conditions)


def _resolve(  # noqa: PLR0911  one for each function of CloudFormation
    value: Any, values: dict[str, Any], conditions: dict[str, bool]
) -> Any:
    def resolve(each: Any) -> Any:
        return _resolve(each, values, conditions)

    match value:
        case dict():
            return {key: resolve(each) for key, each in value.items()}
        case list():
            return [resolve(each) for each in value]
        case ("Ref" | "GetAtt", name):
            return values[name]
        case ("If", (condition, then, otherwise)):
            return resolve(then if conditions[condition] else otherwise)
        case ("Sub", str() as text):
            return re.sub(r"\$\{([^}]+)}", lambda match: str(values[match[1]]), text)
        case ("Sub", (text, more)):
            return _resolve(("Sub", text), values | resolve(more), conditions)
    return value
