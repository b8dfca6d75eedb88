"""The certificate in a parameter of AWS Systems Manager, with the rights of the task alone."""

import json

import pytest

from deploy.check import aws
from deploy.check.acme_server import HOST, acme_server
from deploy.check.pair import Https, volumes
from tests.waiting import wait_until

PARAMETER = "/cloud-chat/certificate"
STORE = f"ssm://{PARAMETER}?region={aws.REGION}"
ARN = f"arn:aws:ssm:{aws.REGION}:{aws.ACCOUNT}:parameter{PARAMETER}"

pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture
def start(tmp_path):
    """Starts the TLS server with the rights to these actions; a second call replaces it."""
    aws.reset()
    with volumes(), acme_server(tmp_path) as authority:
        containers = []

        def start(*actions):
            for each in containers:
                each.remove()
            containers[:] = [Https(authority, environment=environment(actions))]
            containers[0].start()
            return containers[0]

        start.authority = authority
        yield start


def environment(actions):
    iam = aws.client("iam")
    name = f"task-{len(iam.list_users()['Users'])}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": ARN}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=name, PolicyName="store", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {
        "HTTPS_STORE": STORE,
        "AWS_ENDPOINT_URL": f"http://{HOST}:{aws.PORT}",
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


READ, WRITE = "ssm:GetParameter", "ssm:PutParameter"


def parameter(**options):
    return aws.client("ssm").get_parameter(Name=PARAMETER, **options)["Parameter"]


def test_a_new_container_gets_the_certificate_of_the_lost_one(start, figure):
    first = start(READ, WRITE).wait_for_certificate()
    assert parameter()["Type"] == "SecureString"
    text = parameter(WithDecryption=True)["Value"]
    figure("characters of the parameter, of 4,096", str(len(text)))
    assert len(text) <= 4096
    second = start(READ, WRITE)
    assert second.certified() == first
    assert len(start.authority.orders) == 1


def test_nothing_is_ordered_that_can_not_be_kept(start):
    https = start(READ)
    wait_until(lambda: https.said("can't be kept") == 1, 30, "the failure")
    assert f"the parameter {PARAMETER} can't be written: allow ssm:PutParameter" in https.logs()
    assert start.authority.orders == []


def test_nothing_is_ordered_while_nobody_knows_what_is_kept(start):
    first = start(READ, WRITE).wait_for_certificate()
    https = start(WRITE)
    wait_until(lambda: https.said("can't be restored") >= 1, 30, "the failure")
    assert f"the parameter {PARAMETER} can't be read: allow ssm:GetParameter" in https.logs()
    assert https.certified() is None, "it serves one of its own"
    assert len(start.authority.orders) == 1
    statement = {"Effect": "Allow", "Action": [READ, WRITE], "Resource": ARN}
    iam = aws.client("iam")
    name = iam.list_users()["Users"][-1]["UserName"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="store", PolicyDocument=document)
    https.renew()
    assert https.wait_for_certificate(seconds=5) == first, "it is restored without a restart"
    assert len(start.authority.orders) == 1
    start.authority.wants_renewal = True
    https.renew("now")
    assert https.wait_for_certificate(other_than=first, seconds=5), "and its account is, too"
