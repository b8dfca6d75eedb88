"""The permissions of ECS to start the chat, tested with the execution role alone.

Writing the log and reading the key are not tested here, because the stand-in checks other resources
than AWS for these calls. Their policy is only compared with the documentation.
"""

import pytest
from botocore.exceptions import ClientError

from deploy.check import aws, task_role

OTHER = "somebody-elses"


@pytest.fixture(scope="module")
def role(account):
    """The credentials of the role, in an account that has resources of others, too."""
    run = aws.shell(f"deploy/cloud-chat deploy {aws.BY_NAME}", VERSION="check")
    assert run.returncode == 0, run.stdout
    aws.client("ssm").put_parameter(Name=f"/{OTHER}/key", Type="SecureString", Value="x")
    aws.client("ecr").create_repository(repositoryName=OTHER)
    aws.client("logs").create_log_group(logGroupName=OTHER)
    name = aws.resource("ExecutionRole")
    task_role.let_the_agent_take(name)
    return task_role.credentials(f"arn:aws:iam::{aws.ACCOUNT}:role/{name}")


@pytest.fixture
def client(role):
    """Makes clients with the permissions of the role."""
    return lambda service: aws.client(
        service,
        aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"],
        aws_session_token=role["Token"],
    )


def pull(client, name):
    return client("ecr").batch_get_image(repositoryName=name, imageIds=[{"imageTag": "check"}])


def test_it_may_pull_the_images_of_the_chat_only(client):
    assert pull(client, "cloud-chat")["images"]
    assert refusal(pull, client, OTHER) == "AccessDeniedException"


def test_it_may_sign_in_to_the_registry(client):
    assert client("ecr").get_authorization_token()["authorizationData"]


@pytest.mark.parametrize(
    "call",
    [
        lambda client, _: client("ssm").get_parameters(Names=[f"/{OTHER}/key"]),
        lambda client, _: client("logs").create_log_stream(logGroupName=OTHER, logStreamName="x"),
        lambda client, name: client("ssm").put_parameter(Name=f"/{name}/secret-key", Value="x"),
        lambda client, name: client("ecr").delete_repository(repositoryName=name, force=True),
        lambda client, name: client("logs").delete_log_group(logGroupName=name),
        lambda client, _: client("dynamodb").scan(TableName="ChatMessages"),
    ],
    ids=[
        "read another secret",
        "write another log",
        "change the secret",
        "delete the images",
        "delete the log",
        "read messages",
    ],
)
def test_all_else_is_denied(client, call):
    assert refusal(call, client, "cloud-chat") == "AccessDeniedException"


def refusal(call, client, name):
    with pytest.raises(ClientError) as caught:
        call(client, name)
    return caught.value.response["Error"]["Code"]
