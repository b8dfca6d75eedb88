"""The permissions of the chat on AWS, tested with its task role alone."""

import json

import pytest
from botocore.exceptions import ClientError

from deploy.check import aws, task_role
from deploy.check.podman import Container
from tests.chatters import chatting
from tests.waiting import wait_until

TABLE = "ChatMessages"
OTHER = "SomebodyElses"
HISTORY = f"dynamodb://{TABLE}?region={aws.REGION}&endpoint_url={task_role.AWS_IN_CONTAINERS}"
SETTINGS = {"CHAT_HISTORY": HISTORY, "CHAT_SECRET_KEY": "from the parameter store"}
KEYS = [("RoomID", "HASH"), ("Timestamp", "RANGE")]
KEY = {"RoomID": {"S": "general"}, "Timestamp": {"S": "x"}}


@pytest.fixture(scope="module")
def role(account):
    """The name of the task role, in an account that has a table of somebody else, too."""
    run = aws.shell(f"deploy/cloud-chat deploy {aws.BY_NAME}", VERSION="check")
    assert run.returncode == 0, run.stdout
    aws.client("dynamodb").create_table(
        TableName=OTHER,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in KEYS],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],
        BillingMode="PAY_PER_REQUEST",
    )
    name = aws.resource("TaskRole")
    task_role.let_the_agent_take(name)
    return name


def arn(role):
    return f"arn:aws:iam::{aws.ACCOUNT}:role/{role}"


@pytest.fixture
def container(role):
    """Makes containers; they are removed after the test."""
    made = []

    def make(**settings):
        made.append(Container("task", 8001, SETTINGS | settings))
        return made[-1]

    yield make
    for each in made:
        each.remove()


def test_the_container_chats_with_the_permissions_of_its_task(container, role):
    with task_role.agent(arn(role)) as agent:
        chat = container(**{task_role.VARIABLE: task_role.PATH})
        chat.start()
        with chatting(chat.url, "Ann", "Bob") as (ann, bob):
            for person in (ann, bob):
                person.join("general")
            message = ann.say("general", "on DynamoDB")
            bob.wait_for_message(message)
            again = ann.send(
                "general", "on DynamoDB", message["client_id"], first_attempt_ms_ago=50
            )
            assert again["message"] == message, "a resend finds the first"
            late = ann.send("general", "late", first_attempt_ms_ago=60_000)
            assert late["ok"], "a resend whose first attempt never came through"
            assert ann.call("unread", {"after": {"general": message["id"]}})["counts"]
        assert agent.asked
        chat.stop()
        chat.start()
        with chatting(chat.url, "Cid") as cid:
            texts = [each["text"] for each in cid.join("general")["messages"]]
    assert texts == ["on DynamoDB", "late"]
    assert "refused" not in chat.logs()
    items = aws.client("dynamodb").scan(TableName=TABLE)["Items"]
    assert len([item for item in items if "Text" in item]) == 2


@pytest.fixture(scope="module")
def dynamodb(role):
    """A client with the permissions of the task."""
    given = task_role.credentials(arn(role))
    return aws.client(
        "dynamodb",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["Token"],
    )


def query(client, table):
    return client.query(
        TableName=table,
        KeyConditionExpression="RoomID = :room",
        ExpressionAttributeValues={":room": {"S": "general"}},
    )


def write(client, table):
    return client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": KEY}}]})


def delete_in_a_batch(client, table):
    return client.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": KEY}}]})


def batch_get(client, table):
    return client.batch_get_item(RequestItems={table: {"Keys": [KEY]}})


CALLS = {
    "query": query,
    "batch get": batch_get,
    "batch write": write,
    "batch delete": delete_in_a_batch,
    "put": lambda client, table: client.put_item(TableName=table, Item=KEY),
    "describe": lambda client, table: client.describe_table(TableName=table),
    "scan": lambda client, table: client.scan(TableName=table),
    "get": lambda client, table: client.get_item(TableName=table, Key=KEY),
    "update": lambda client, table: client.update_item(TableName=table, Key=KEY),
    "delete": lambda client, table: client.delete_item(TableName=table, Key=KEY),
    "delete table": lambda client, table: client.delete_table(TableName=table),
    "recovery": lambda client, table: client.update_continuous_backups(
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    ),
    "update table": lambda client, table: client.update_table(
        TableName=table, DeletionProtectionEnabled=False
    ),
}
# IAM can't allow batch writes without batch deletes. Profiles, sessions and read markers are
# updated on conditions; a name that somebody has given up is deleted, and so is the record of a
# container that stops.
ALLOWED = (
    *("query", "batch get", "get", "describe"),
    *("batch write", "batch delete", "put", "update", "delete"),
)


@pytest.mark.parametrize("call", ALLOWED)
def test_what_the_chat_does_is_allowed_on_its_table_only(dynamodb, call):
    CALLS[call](dynamodb, TABLE)
    assert refusal(dynamodb, call, OTHER) == "AccessDeniedException"


@pytest.mark.parametrize("call", [name for name in CALLS if name not in ALLOWED])
@pytest.mark.parametrize("table", [TABLE, OTHER])
def test_all_else_is_denied(dynamodb, call, table):
    assert refusal(dynamodb, call, table) == "AccessDeniedException"


def refusal(client, call, table):
    with pytest.raises(ClientError) as caught:
        CALLS[call](client, table)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def forbidden(role):
    """The role without its policy, for one test."""
    iam = aws.client("iam")
    policy = iam.get_role_policy(RoleName=role, PolicyName="table")["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName="table")
    yield
    iam.put_role_policy(RoleName=role, PolicyName="table", PolicyDocument=json.dumps(policy))


def test_without_permission_on_the_table_it_does_not_start_and_says_why(container, forbidden, role):
    with task_role.agent(arn(role)):
        chat = container(**{task_role.VARIABLE: task_role.PATH})
        chat.launch()
        wait_until(lambda: not chat.state()["Running"], 20, "the end")
    assert chat.state()["ExitCode"] == 3
    assert "no permission on the table ChatMessages" in complaint(chat)


def test_without_a_role_it_does_not_start_and_says_why(container):
    chat = container(AWS_EC2_METADATA_DISABLED="true")
    chat.launch()
    wait_until(lambda: not chat.state()["Running"], 20, "the end")
    assert "there are no AWS credentials; give the task a role" in complaint(chat)


def complaint(chat):
    """The one critical line."""
    lines = [json.loads(line) for line in chat.logs().splitlines()]
    (line,) = [line["message"] for line in lines if line["level"] == "critical"]
    return line
