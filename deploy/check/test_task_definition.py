"""task-def.json: ECS accepts it, and the chat accepts its settings."""

import copy
import json
import subprocess

import pytest

from chat.settings import load_settings
from deploy.check.places import ROOT
from deploy.check.task_definition import problems

ACCOUNT = {
    "ACCOUNT_ID": "123456789012",
    "ADDRESS": "203.0.113.7",
    "AWS_REGION": "eu-central-1",
    "VERSION": "1.2.3",
}


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
        ("ulimits.0.softLimit", 99999),
        ("ulimits.0.name", "files"),
        ("logConfiguration.logDriver", "cloudwatch"),
        ("environment.0.name", "CHAT_TITLE"),
        ("dependsOn.0.containerName", "tls"),
        ("dependsOn.0.condition", "STARTED"),
        ("mountPoints.0.sourceVolume", "files"),
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


@pytest.mark.parametrize(("name", "value"), [("hostPort", 65536), ("protocol", "http")])
def test_mistakes_in_ports_are_found(definition, name, value):
    definition["containerDefinitions"][1]["portMappings"][0][name] = value
    assert problems(definition)


def test_containers_that_do_not_fit_together_are_found(definition):
    definition["containerDefinitions"][1]["memoryReservation"] = 700
    definition["containerDefinitions"][1]["memory"] = 800
    assert problems(definition) == ["the containers together don't fit a t3.micro"]


def test_everything_is_filled_in(definition):
    text = json.dumps(definition)
    assert '123456789012.dkr.ecr.eu-central-1.amazonaws.com/cloud-chat:1.2.3"' in text
    assert "123456789012.dkr.ecr.eu-central-1.amazonaws.com/cloud-chat:1.2.3-https" in text
    assert '"203.0.113.7"' in text
    words = ("ACCOUNT_ID", '"ADDRESS"', "REGION", "VERSION")
    assert not [word for word in words if word in text]


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
    for container in definition["containerDefinitions"]:
        assert container["logConfiguration"]["logDriver"] == "awslogs"


def test_the_chat_stops_before_the_server_that_its_goodbye_goes_through(definition):
    chat, https = definition["containerDefinitions"]
    assert chat["dependsOn"] == [{"containerName": https["name"], "condition": "START"}]
    assert "links" not in https, "ECS would stop it first"


def test_it_has_room_for_ten_thousand_connections(definition):
    for container in definition["containerDefinitions"]:
        (limit,) = container["ulimits"]
        assert limit["name"] == "nofile"
        assert limit["softLimit"] > 3 * load_settings().sockets
