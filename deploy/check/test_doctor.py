"""`deploy/cloud-chat doctor`: each trouble has its line, and nothing is changed."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from deploy.check import aws, aws_faults
from deploy.check.aws_faults import DENIED, Faults, stack
from deploy.check.places import ROOT

DESCRIBE = "aws cloudformation describe-stacks"
POLICY = json.loads((ROOT / "deploy/policies/doctor.json").read_text())
READ_ONLY = ("describe", "get", "list", "filter", "configure")
EMAIL = "ann@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:cloud-chat-alarms"
POOL = "us-east-1_abcdefghi"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
CLIENT = {"SignIn": "cognito", "OidcIssuer": ISSUER, "OidcClientId": "chat"}
HOST = "192.0.2.7"
CHAT = "--stack-name cloud-chat --"
ACCOUNTS = "--stack-name cloud-chat-sign-in"


def certificate(folder, days, name="IP:192.0.2.7", self_signed=False):
    """A certificate that ends after so many days."""
    key, request, made = (folder / each for each in ("key", "request", "certificate"))
    (folder / "names").write_text(f"subjectAltName={name}")

    def openssl(*arguments):
        subprocess.run([shutil.which("openssl"), *arguments], check=True, capture_output=True)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(*new, "-x509", "-subj", "/CN=authority", "-keyout", f"{key}ca", "-out", f"{made}ca")
    openssl(*new, "-subj", "/CN=chat", "-keyout", str(key), "-out", str(request))
    sign = ["-CA", f"{made}ca", "-CAkey", f"{key}ca", "-CAcreateserial"]
    if self_signed:
        sign = ["-signkey", str(key)]
    names = ("-extfile", str(folder / "names"), "-days", str(days))
    openssl("x509", "-req", "-in", str(request), "-out", str(made), *sign, *names)
    return made.read_text()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    def make(*arguments, **options):
        return certificate(tmp_path_factory.mktemp("certificate"), *arguments, **options)

    return {
        "valid": make(6),
        "short": make(1),
        "self-signed": make(6, self_signed=True),
        "of another name": make(60, "DNS:other.example.com"),
        "of the domain": make(60, "DNS:chat.example.com"),
    }


def date(**ago):
    return f"HTTP/2 200\r\nDate: {format_datetime(datetime.now(UTC) - timedelta(**ago), True)}\r\n"


def described(status="UPDATE_COMPLETE", **parameters):
    document = stack(status, AlarmEmail=EMAIL, **CLIENT, **parameters)
    document["Stacks"][0]["Outputs"][1]["OutputValue"] = f"https://{HOST}"
    return document


def accounts(url):
    """The stack of the accounts, whose client sends people back there."""
    return stack(Url=url, FormerUrl="")


@pytest.fixture
def healthy(tmp_path, certificates):
    """An account in which all is well."""
    faults = aws_faults.running_account(tmp_path)
    faults.replace("openssl", "getent")
    answer = faults.answer
    answer("openssl", certificates["valid"], having="s_client")
    answer("getent", f"{HOST} STREAM chat.example.com\n{HOST} DGRAM\n")
    answer("curl", "200")
    answer("curl", date(), having="--head")
    answer("curl", json.dumps({"issuer": ISSUER}), having="openid-configuration")
    answer(DESCRIBE, described(), having=CHAT)
    role = {"Role": {"RoleName": "AWSServiceRoleForECS"}}
    answer("aws iam get-role", role)
    address = {"PublicIp": HOST, "InstanceId": "i-1", "AllocationId": "eipalloc-1"}
    answer("aws ec2 describe-addresses", {"Addresses": [address]})
    answer("aws ec2 describe-vpcs", {"Vpcs": [{}, {}]})
    cpu = {"CoreCount": 1, "ThreadsPerCore": 2}
    instance = {"InstanceId": "i-1", "InstanceType": "t3.micro", "CpuOptions": cpu}
    answer("aws ec2 describe-instances", {"Reservations": [{"Instances": [instance]}]})
    answer("aws service-quotas get-service-quota", {"Quota": {"Value": 5.0}})
    joined = {"ec2InstanceId": "i-1", "agentConnected": True}
    joined["attributes"] = [{"name": "ecs.ami-id", "value": "ami-1"}]
    answer("aws ecs describe-container-instances", {"containerInstances": [joined]})
    recently = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    answer("aws ec2 describe-images", {"Images": [{"CreationDate": recently}]})
    answer("aws ecs describe-services", service())
    table = {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": True}
    answer("aws dynamodb describe-table", {"Table": table})
    answer("aws dynamodb describe-continuous-backups", recovery("ENABLED"))
    expiry = {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED"}}
    answer("aws dynamodb describe-time-to-live", expiry)
    answer("aws cloudwatch get-metric-statistics", {"Datapoints": []})
    answer("aws ssm describe-parameters", {"Parameters": [{"Name": "/cloud-chat/x"}]})
    answer("aws logs filter-log-events", {"events": []})
    answer("aws cloudwatch describe-alarms", {"MetricAlarms": []})
    topic = {"StackResourceDetail": {"PhysicalResourceId": TOPIC}}
    answer("aws cloudformation describe-stack-resource", topic)
    told = {"SubscriptionArn": f"{TOPIC}:1", "Endpoint": EMAIL}
    answer("aws sns list-subscriptions-by-topic", {"Subscriptions": [told]})
    answer(DESCRIBE, accounts(f"https://{HOST}"), having=ACCOUNTS)
    return faults


def service(wanted=1, running=1, state="COMPLETED", event="has reached a steady state."):
    deployment = {"rolloutState": state}
    described = {"status": "ACTIVE", "desiredCount": wanted, "runningCount": running}
    return {
        "services": [{**described, "deployments": [deployment], "events": [{"message": event}]}]
    }


def recovery(status):
    state = {"PointInTimeRecoveryStatus": status}
    return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": state}}


def diagnose(faults):
    """The exit code and the lines of a run."""
    run = faults.run("doctor", FAULTS_ELSE="/usr/bin")
    assert not [each for each in run.stdout.splitlines() if ".sh: line" in each], run.stdout
    for each in faults.calls():
        if each.call.startswith("aws "):
            assert each.call.split()[2].startswith(READ_ONLY), each.call
    return run.returncode, run.stdout


def test_a_healthy_chat_has_no_trouble(healthy, figure):
    code, output = diagnose(healthy)
    assert code == 0, output
    assert "WRONG" not in output
    assert "can't be checked" not in output
    assert "Nothing is wrong" in output
    lines = [each for each in output.splitlines() if each.startswith("ok ")]
    figure("checks of a healthy chat by the doctor", str(len(lines)))


def is_wrong(faults, line, advice=""):
    """Whether there is exactly one trouble, with this line and this advice."""
    code, output = diagnose(faults)
    wrong = [each for each in output.splitlines() if each.startswith("WRONG")]
    assert code == 1, output
    assert len(wrong) == 1, output
    assert " — do this: " in wrong[0]
    what, do = wrong[0].split(" — do this: ")
    assert line in what, output
    assert advice in do, output


def trouble(call, document, line, advice="", **when):
    return pytest.param(call, document, when, line, advice, id=line)


NOT_FOUND = "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("call", "document", "when", "line", "advice"),
    [
        trouble(
            DESCRIBE,
            described(status="UPDATE_ROLLBACK_COMPLETE"),
            "UPDATE_ROLLBACK_COMPLETE, so the last change was undone: Resource0: the reason",
            "mend the reason",
            having=CHAT,
        ),
        trouble(
            DESCRIBE,
            described(status="UPDATE_ROLLBACK_FAILED"),
            "UPDATE_ROLLBACK_FAILED",
            "continue-update-rollback",
            having=CHAT,
        ),
        trouble(
            "aws ecs list-container-instances",
            {"containerInstanceArns": []},
            "the instance i-1 runs, but has not joined",
            "get-console-output",
        ),
        trouble(
            "aws ecs describe-container-instances",
            {
                "containerInstances": [
                    {
                        "ec2InstanceId": "i-1",
                        "agentConnected": False,
                        "attributes": [{"name": "ecs.ami-id", "value": "ami-1"}],
                    }
                ]
            },
            "the agent of the instance i-1 is not connected",
            "terminate-instances --instance-ids i-1",
        ),
        trouble(
            "aws ec2 describe-images",
            {"Images": [{"CreationDate": "2026-01-02T03:04:05.000Z"}]},
            "the operating system of i-1 is of ",
            "InstanceImage=latest",
        ),
        trouble(
            "aws ecs describe-services",
            {"services": []},
            "the cluster has no service",
            "deploy/cloud-chat deploy",
        ),
        trouble(
            "aws ecs describe-services",
            service(0, 0),
            "no container is wanted",
            "cloud-chat deploy",
        ),
        trouble(
            "aws ecs describe-services",
            service(
                1,
                0,
                "IN_PROGRESS",
                "was unable to place a task because no container instance "
                "met all of its requirements. Insufficient memory.",
            ),
            "no instance has room for a container (no container instance met all",
            "InstanceType=t3.small",
        ),
        trouble(
            "aws ec2 describe-addresses",
            {"Addresses": [{"PublicIp": HOST, "AllocationId": "eipalloc-1"}]},
            "the instance has not taken the fixed address",
            "associate-address --allocation-id eipalloc-1 --instance-id i-1",
        ),
        trouble("curl", "000", "port 80 of", "firewall", having="http://"),
        trouble("curl", "503", "/readyz answers 503", "the table", having="/readyz"),
        trouble(
            "aws dynamodb describe-table",
            {"Table": {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": False}},
            "the table can be deleted by mistake",
            "--deletion-protection-enabled",
        ),
        trouble(
            "aws dynamodb describe-continuous-backups",
            recovery("DISABLED"),
            "the table can't be restored",
            "update-continuous-backups",
        ),
        trouble(
            "aws dynamodb describe-time-to-live",
            {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}},
            "what has expired stays",
            "AttributeName=ExpiresAt",
        ),
        trouble(
            "aws cloudwatch get-metric-statistics",
            {"Datapoints": [{"Sum": 40.0}]},
            "in the last hour 40 times more was written than the table allows",
            "TableUnits=0",
            having="WriteThrottleEvents",
        ),
        trouble(
            "aws ssm describe-parameters",
            {"Parameters": []},
            "the key /cloud-chat/secret-key is missing",
            "cloud-chat deploy",
            having="secret-key",
        ),
        trouble(
            "aws logs filter-log-events",
            {"events": [{"message": '{"message": "old"}'}, {"message": '{"message": "new"}'}]},
            'has 2 errors, the newest: {"message": "new"}',
            "docs/operate.md",
            having="filter-pattern",
        ),
        trouble(
            "aws cloudwatch describe-alarms",
            {
                "MetricAlarms": [
                    {"AlarmName": "cloud-chat-gone", "AlarmDescription": "No container"}
                ]
            },
            "an alarm rings: cloud-chat-gone: No container",
        ),
        trouble(
            "aws sns list-subscriptions-by-topic",
            {"Subscriptions": [{"SubscriptionArn": "PendingConfirmation", "Endpoint": EMAIL}]},
            "nobody has confirmed the e-mail about alarms",
            f"the e-mail of AWS to {EMAIL}",
        ),
        trouble(
            "curl",
            '{"issuer": "https://other.example.com"}',
            "calls itself https://other.example.com",
            "OidcIssuer=https://other.example.com",
            having="openid-configuration",
        ),
        trouble(
            DESCRIBE,
            accounts("https://198.51.100.1"),
            f"Cognito does not send people back to https://{HOST}",
            having=ACCOUNTS,
        ),
    ],
)
def test_a_trouble_has_its_line(healthy, call, document, when, line, advice):
    healthy.answer(call, document, **when)
    is_wrong(healthy, line, advice)


@pytest.mark.parametrize(
    ("call", "when", "line", "advice"),
    [
        ("aws iam get-role", {}, "the account has no role of ECS", "create-service-linked-role"),
        ("aws dynamodb describe-table", {}, "there is no table ChatMessages", "docs/operate.md"),
    ],
)
def test_what_is_not_there_has_its_line(healthy, call, when, line, advice):
    healthy.refuse(call, NOT_FOUND, **when)
    is_wrong(healthy, line, advice)


@pytest.mark.parametrize(
    ("whose", "address"), [("the chat", f"https://{HOST}"), ("AWS", "https://sts.us-east-1")]
)
def test_a_clock_that_is_wrong_has_its_line(healthy, whose, address):
    healthy.answer(
        "curl", date(hours=1), having=f"--head --connect-timeout 5 --max-time 10 {address}"
    )
    is_wrong(healthy, f"the clock of {whose} and that of this computer differ by 36", "clock")


def test_without_credentials_nothing_else_is_looked_at(healthy):
    healthy.refuse("aws sts get-caller-identity", "Unable to locate credentials")
    is_wrong(healthy, "credentials and region", "aws configure")


@pytest.mark.parametrize(
    ("stopped", "containers", "line"),
    [
        ("Essential container in task exited", {"reason": "OutOfMemoryError: killed"}, "memory"),
        ("CannotPullContainerError: manifest unknown", {}, "the registry has no such image"),
        ("ResourceInitializationError: unable to pull secrets", {}, "a key of the chat is missing"),
        ("Task failed container health checks", {}, "did not answer its health check"),
        ("Essential container in task exited", {"exitCode": 3}, "the last one stopped (Essential"),
    ],
)
def test_why_a_container_stopped_is_said_in_words(healthy, stopped, containers, line):
    healthy.answer("aws ecs describe-services", service(1, 0, "IN_PROGRESS"))
    healthy.answer("aws ecs list-tasks", {"taskArns": ["arn:task"]})
    task = {"stoppedReason": stopped, "containers": [containers]}
    healthy.answer("aws ecs describe-tasks", {"tasks": [task]})
    is_wrong(healthy, line)


def test_why_no_instance_starts_is_said(healthy):
    healthy.answer("aws ecs list-container-instances", {"containerInstanceArns": []})
    healthy.answer("aws ec2 describe-instances", {"Reservations": []})
    why = "You have requested more vCPU capacity than your current vCPU limit of 0 allows"
    activities = {"Activities": [{"StatusMessage": why}]}
    healthy.answer("aws autoscaling describe-scaling-activities", activities)
    is_wrong(healthy, f"no instance runs: {why}", "Service Quotas")


@pytest.mark.parametrize(
    ("code", "value"), [("L-0263D0A3", 1.0), ("L-F678F1CE", 2.0), ("L-1216C47A", 3.0)]
)
def test_a_quota_that_is_reached_is_said_before_the_first_deployment(healthy, code, value):
    healthy.refuse(DESCRIBE, aws_faults.NO_STACK)
    quota = {"Quota": {"Value": value}}
    healthy.answer("aws service-quotas get-service-quota", quota, having=code)
    exit_code, output = diagnose(healthy)
    wrong = [each for each in output.splitlines() if each.startswith("WRONG")]
    assert exit_code == 1
    assert len(wrong) == 2, output
    assert "there is no stack cloud-chat" in wrong[0]
    assert "are in use, and the chat needs" in wrong[1]
    assert code in wrong[1]


@pytest.mark.parametrize(
    ("which", "line", "advice"),
    [
        ("self-signed", "no certificate of an authority yet: rate limited", "by itself"),
        ("short", "the certificate ends soon", "logs"),
    ],
)
def test_the_certificate_is_looked_at(healthy, certificates, which, line, advice):
    healthy.answer("openssl", certificates[which], having="s_client")
    said = {"events": [{"message": "older"}, {"message": "rate limited"}]}
    healthy.answer("aws logs filter-log-events", said, having="ecs/https/")
    is_wrong(healthy, line, advice)


def test_a_certificate_of_another_name_is_wrong(healthy, certificates):
    healthy.answer("openssl", certificates["of another name"], having="s_client")
    healthy.refuse("curl", "", code=60)
    healthy.answer("curl", date(), having="--head")
    healthy.answer("curl", "200", having="--insecure")
    healthy.answer("curl", date(), having="--head")
    healthy.answer("curl", json.dumps({"issuer": ISSUER}), having="openid-configuration")
    is_wrong(healthy, f"the certificate is for DNS:other.example.com, and not for {HOST}")


DOMAIN = "https://chat.example.com"


def test_a_pool_of_cognito_that_is_not_the_chats_is_a_provider_like_others(healthy):
    document = described()
    for each in document["Stacks"][0]["Parameters"]:
        if each["ParameterKey"] == "SignIn":
            each["ParameterValue"] = "openid"
    healthy.answer(DESCRIBE, document, having=CHAT)
    healthy.refuse(DESCRIBE, aws_faults.NO_STACK, having=ACCOUNTS)
    code, output = diagnose(healthy)
    assert code == 0, output


def with_domain(faults, certificates):
    document = described(Domain="chat.example.com")
    outputs = document["Stacks"][0]["Outputs"]
    outputs[1]["OutputValue"] = DOMAIN
    faults.answer(DESCRIBE, document, having=CHAT)
    faults.answer("openssl", certificates["of the domain"], having="s_client")
    faults.answer(DESCRIBE, accounts(DOMAIN), having=ACCOUNTS)


def test_a_domain_names_the_address(healthy, certificates):
    with_domain(healthy, certificates)
    code, output = diagnose(healthy)
    assert code == 0, output
    assert f"ok     the name chat.example.com has the address {HOST}" in output


@pytest.mark.parametrize(
    ("found", "line", "advice"),
    [
        ("198.51.100.9 STREAM\n", "has the address 198.51.100.9, which is not", "A record"),
        ("", "the name chat.example.com has no address", "A record of chat.example.com"),
    ],
)
def test_a_domain_of_another_address_is_wrong(healthy, certificates, found, line, advice):
    with_domain(healthy, certificates)
    healthy.answer("getent", found)
    is_wrong(healthy, line, advice)


@pytest.fixture
def large(healthy, certificates):
    with_domain(healthy, certificates)
    document = described(Domain="chat.example.com")
    outputs = {"Shape": "large", "Url": DOMAIN}
    document["Stacks"][0]["Outputs"] = [
        {"OutputKey": key, "OutputValue": value} for key, value in outputs.items()
    ]
    healthy.answer(DESCRIBE, document, having=CHAT)
    balancing = [f"ElasticLoadBalancingV2::{each}" for each in ("LoadBalancer", "TargetGroup")]
    kinds = (*balancing, "CertificateManager::Certificate")
    resources = [
        {"ResourceType": f"AWS::{kind}", "PhysicalResourceId": f"arn:{index}"}
        for index, kind in enumerate((*kinds, "ElastiCache::ReplicationGroup"))
    ]
    healthy.answer("aws cloudformation describe-stack-resources", {"StackResources": resources})
    balancer = {"LoadBalancers": [{"DNSName": BALANCER}]}
    healthy.answer("aws elbv2 describe-load-balancers", balancer)
    addresses = f"{HOST} STREAM\n192.0.2.8 STREAM\n"
    healthy.answer("getent", addresses, having=BALANCER)
    healthy.answer("aws elbv2 describe-target-health", targets("healthy"))
    healthy.answer("aws acm describe-certificate", {"Certificate": {"Status": "ISSUED"}})
    available = {"ReplicationGroups": [{"Status": "available"}]}
    healthy.answer("aws elasticache describe-replication-groups", available)
    return healthy


BALANCER = "cloud-chat-1.us-east-1.elb.amazonaws.com"


def targets(state):
    return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}}]}


def test_the_large_shape_is_looked_at(large):
    code, output = diagnose(large)
    assert code == 0, output
    assert "ok     the bus is available" in output


def test_the_name_of_the_large_shape_leads_to_the_load_balancer(large):
    large.answer("getent", "198.51.100.9 STREAM\n", having="chat.example.com")
    is_wrong(large, "which is not that of the chat", f"a CNAME record with the value {BALANCER}")


RECORD = {"Name": "_x.chat.example.com.", "Value": "_y.acm-validations.aws."}
PENDING = {"Status": "PENDING_VALIDATION", "DomainValidationOptions": [{"ResourceRecord": RECORD}]}


@pytest.mark.parametrize(
    ("call", "document", "line", "advice"),
    [
        ("aws elbv2 describe-target-health", targets("unhealthy"), "unhealthy", "logs"),
        (
            "aws acm describe-certificate",
            {"Certificate": PENDING},
            "the domain is yours",
            "a CNAME record of _x.chat.example.com. with the value _y.acm-validations.aws.",
        ),
        (
            "aws elasticache describe-replication-groups",
            {"ReplicationGroups": [{"Status": "modifying"}]},
            "the bus is modifying",
            "nothing is lost",
        ),
    ],
)
def test_troubles_of_the_large_shape(large, call, document, line, advice):
    large.answer(call, document)
    is_wrong(large, line, advice)


def test_what_may_not_be_read_is_said_and_the_rest_is_looked_at(healthy):
    healthy.refuse("aws dynamodb describe-continuous-backups", DENIED)
    code, output = diagnose(healthy)
    assert code == 0, output
    (line,) = [each for each in output.splitlines() if each.startswith("can't be checked")]
    assert "the recovery of the table" in line
    assert "may not `aws dynamodb describe-continuous-backups`" in line
    assert "deploy/policies/doctor.json" in line


@pytest.mark.timeout(300)
def test_the_policy_of_the_doctor_is_enough_and_reads_only(account, tmp_path, figure):
    made = aws.shell(
        "deploy/cloud-chat deploy FixedAddress=false Https=false SignIn=name", VERSION="1"
    )
    assert made.returncode == 0, made.stdout
    iam = aws.client("iam")
    iam.create_user(UserName="doctor")
    statement, log = POLICY["Statement"]
    # For the log the stand-in doesn't look at the log group.
    policy = POLICY | {"Statement": [statement, log | {"Resource": "*"}]}
    iam.put_user_policy(UserName="doctor", PolicyName="doctor", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="doctor")["AccessKey"]
    faults = Faults(tmp_path, onward=ROOT / "deploy/check/bin")
    run = faults.run(
        "doctor",
        AWS_ACCESS_KEY_ID=key["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"],
    )
    assert "may not" not in run.stdout, run.stdout
    assert "ok     the table ChatMessages is ACTIVE" in run.stdout
    calls = {each.call for each in faults.calls()}
    assert all(each.split()[2].startswith(READ_ONLY) for each in calls)
    figure("calls of AWS that the doctor makes, of which none writes", str(len(calls)))


SERVICES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}


def action(call):
    """The permission that a call such as `aws elbv2 describe-target-health` needs."""
    _, service, operation = call.split()
    name = "".join(word.capitalize() for word in operation.split("-"))
    return f"{SERVICES.get(service, service)}:{name}"


def test_each_call_of_the_doctor_is_in_the_policy_and_each_of_the_policy_is_a_call():
    files = [ROOT / "deploy/lib/doctor.sh", *(ROOT / "deploy/lib/doctor").iterdir()]
    # What the doctor calls of other files: the stack's state and failures, the instance's address.
    files += [ROOT / f"deploy/lib/{name}.sh" for name in ("failures", "status")]
    code = "\n".join(file.read_text() for file in files)
    asked = re.findall(
        r'(?:ask "[^"]*"|\$\(aws|^  aws) ([a-z0-9-]+ [a-z-]+) --', code, re.MULTILINE
    )
    asked = {f"aws {call}" for call in asked} - {"aws ecr describe-images"}  # `status` alone
    statement, log = POLICY["Statement"]
    assert {action(call) for call in asked} == {*statement["Action"], log["Action"]}


def test_the_policy_allows_to_read_only():
    statement, log = POLICY["Statement"]
    for each in statement["Action"]:
        assert each.split(":")[1].startswith(("Describe", "Get", "List")), each
    assert "ssm:GetParameter" not in statement["Action"], "it sees no key"
    assert "cognito-idp:DescribeUserPoolClient" not in statement["Action"], "it sees no secret"
    assert log["Action"] == "logs:FilterLogEvents"
    assert all(":log-group:cloud-chat" in each for each in log["Resource"]), "it sees no other log"
