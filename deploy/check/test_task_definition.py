"""task-def.json: ECS accepts it, and the chat accepts its settings."""

import copy
import json
import subprocess

import pytest

from chat.settings import load_settings
from deploy.check.places import ROOT
from deploy.check.task_definition import problems

ACCOUNT = {"ACCOUNT_ID": "123456789012", "AWS_REGION": "eu-central-1", "VERSION": "1.2.3"}


def filled_in(file, environment):
    """A file with the account filled in by deploy/fill-in."""
    run = subprocess.run(
        ["deploy/fill-in", file], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    return json.loads(run.stdout)


@pytest.fixture
def definition(monkeypatch):
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    return filled_in("task-def.json", None)


def test_nothing_is_wrong_with_it(definition):
    assert problems(definition) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("memory", 200),
        ("memory", 2000),
        ("memory", "700"),
        ("memmory", 700),
        ("healthCheck.interval", 2),
        ("healthCheck.timeout", 61),
        ("stopTimeout", 121),
        ("portMappings.0.hostPort", 65536),
        ("portMappings.0.protocol", "http"),
        ("ulimits.0.softLimit", 99999),
        ("ulimits.0.name", "files"),
        ("logConfiguration.logDriver", "cloudwatch"),
        ("environment.0.name", "CHAT_TITLE"),
    ],
)
def test_mistakes_are_found(definition, path, value):
    mistaken = copy.deepcopy(definition)
    *parents, name = path.split(".")
    place = mistaken["containerDefinitions"][0]
    for each in parents:
        place = place[int(each) if each.isdecimal() else each]
    place[name] = value
    assert problems(mistaken)


def test_everything_is_filled_in(definition):
    text = json.dumps(definition)
    assert "123456789012.dkr.ecr.eu-central-1.amazonaws.com/cloud-chat:1.2.3" in text
    assert not [word for word in ("ACCOUNT_ID", "REGION", "VERSION") if word in text]


def test_the_chat_understands_its_settings(definition, monkeypatch):
    container = definition["containerDefinitions"][0]
    for variable in container["environment"]:
        monkeypatch.setenv(variable["name"], variable["value"])
    for variable in container["secrets"]:
        monkeypatch.setenv(variable["name"], "a key from the parameter store")
    settings = load_settings()
    assert settings.history == "dynamodb://ChatMessages?region=eu-central-1"
    assert settings.secret_key


def test_the_chat_gets_the_role_of_its_table_and_logs_to_cloudwatch(definition):
    assert definition["taskRoleArn"].endswith(":role/EcsDynamoDBTaskRole")
    (container,) = definition["containerDefinitions"]
    assert container["logConfiguration"]["logDriver"] == "awslogs"


def test_it_has_room_for_ten_thousand_connections(definition):
    (limit,) = definition["containerDefinitions"][0]["ulimits"]
    assert limit["name"] == "nofile"
    assert limit["softLimit"] > 2 * load_settings().sockets
