"""The large shape: several containers behind a load balancer, and the way there and back."""

import json
import re
import subprocess

import pytest

from chat.settings import load_settings
from deploy.check import aws
from deploy.check.places import ROOT, TOOLS
from deploy.check.podman import TASK, Container
from deploy.check.task_definition import problems
from deploy.check.unknown import TYPES, without_unknown
from tests.chatters import chatting

pytestmark = pytest.mark.timeout(600)  # a move is three updates of a stack

LONGEST_TEMPLATE = 51_200  # bytes that CloudFormation takes without a bucket

SMALL = "Shape=small FixedAddress=false Https=false"
DOMAIN = "chat.example.com"
MESSAGE = {"RoomID": {"S": "general"}, "Timestamp": {"S": "1"}}


def compose(shape):
    command = [ROOT / "deploy/lib/compose", shape]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("shape", ["small", "large"])
def test_linters_find_only_what_the_template_excuses(shape, tmp_path):
    file = tmp_path / "template.yaml"
    file.write_text(compose(shape))
    assert len(file.read_bytes()) < LONGEST_TEMPLATE
    lint = subprocess.run([TOOLS / "cfn-lint", file], check=False, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout
    options = ("--framework", "cloudformation", "--compact", "--quiet", "--skip-download")
    scan = subprocess.run(
        [TOOLS / "checkov", "--file", file, *options], check=False, capture_output=True, text=True
    )
    assert "Failed checks: 0" in scan.stdout, scan.stdout
    assert compose(shape).count("- id: CKV") == compose(shape).count("            comment: ")


@pytest.mark.parametrize("shape", ["small", "large"])
def test_of_what_it_has_only_the_budget_is_not_known_in_every_region(shape, tmp_path):
    file = tmp_path / "template.yaml"
    file.write_text(compose(shape))
    options = ("--regions", "ALL_REGIONS", "--format", "parseable")
    lint = subprocess.run(
        [TOOLS / "cfn-lint", file, *options], check=False, capture_output=True, text=True
    )
    unknown = set(re.findall(r"Resource type '([^']+)' does not exist", lint.stdout))
    assert unknown == {"AWS::Budgets::Budget"}, lint.stdout


@pytest.mark.parametrize("shape", ["small", "large"])
def test_it_has_no_aliases_which_cloudformation_refuses(shape):
    assert not re.findall(r"^[^#&*]*[:\[-] [&*]\w+.*", compose(shape), re.MULTILINE)


def test_the_template_does_not_say_how_many_containers_run_as_each_update_would_set_it():
    assert not re.search(r"^ *DesiredCount:", compose("large"), re.MULTILINE)


def test_what_the_stand_in_does_not_know_is_left_out():
    template = compose("large")
    left = without_unknown(template)
    assert not [each for each in TYPES if each in left]
    assert "AWS::ElastiCache::ReplicationGroup" in left
    for shape in ("small", "large"):
        names = set(re.findall(r"^  (\w+):\n    Type: AWS::", compose(shape), re.MULTILINE))
        assert names >= {
            "Network", "Gateway", "SubnetA", "SubnetB", "Images", "Cluster", "Log", "Table",
            "TaskRole", "ExecutionRole", "InstanceRole", "InstanceProfile", "InstanceTemplate",
            "Instances", "Task", "Service",
        }  # fmt: skip


def cloud_chat(command, version="1", before="", **variables):
    run = aws.shell(
        f"{before}deploy/cloud-chat {command}",
        VERSION=version,
        CLOUD_CHAT_PARAMETERS="SignIn=name AlarmEmail=ops@example.com",
        **variables,
    )
    return run.returncode, run.stdout


def deploy(command, version="1"):
    code, output = cloud_chat(f"deploy {command}", version)
    assert code == 0, output
    return output


def kept():
    """What a move has to keep."""
    key = aws.client("ssm").get_parameter(Name="/cloud-chat/secret-key", WithDecryption=True)
    resources = aws.client("cloudformation").describe_stack_resources(StackName="cloud-chat")
    ids = {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in resources["StackResources"]
    }
    same = ("Network", "SubnetA", "SubnetB", "Images", "Cluster", "Log", "Table", "TaskRole")
    return (
        aws.client("dynamodb").scan(TableName="ChatMessages")["Items"],
        key["Parameter"]["Value"],
        [ids[each] for each in same],
    )


@pytest.fixture(scope="module")
def before(account):
    """What a chat of the small shape has."""
    deploy(SMALL)
    aws.client("dynamodb").put_item(TableName="ChatMessages", Item=MESSAGE)
    return kept()


# A template that CloudFormation begins with, and can't make.
IMPOSSIBLE = """aws() {
  for each in "$@"; do
    [[ $each != file://*/template.yaml ]] ||
      sed -i 's/CidrIp: 10.20.0.0.16$/CidrIp: !GetAtt Network.CidrBlock/' "${each#file://}"
  done
  command aws "$@"
}
"""


def test_a_move_that_fails_leaves_the_chat_as_it_was(before):
    code, output = cloud_chat(f"deploy Shape=large Domain={DOMAIN}", before=aws.instead(IMPOSSIBLE))
    assert code == 1
    assert "BalancerSecurity" in output
    assert "Running version 1 again" in output
    assert kept() == before
    assert (service()["desiredCount"], service()["launchType"]) == (1, "EC2")
    assert aws.client("elbv2").describe_load_balancers()["LoadBalancers"] == []


def test_a_move_that_is_refused_does_not_even_begin(before):
    code, output = cloud_chat(f"deploy Shape=large Domain={DOMAIN} FargateCpu=100")
    assert code == 1
    assert "FargateCpu" in output
    assert service()["desiredCount"] == 1
    assert "again" not in output.rpartition("moves the chat")[2].partition("\n")[2]


@pytest.fixture(scope="module")
def large(before):
    """What the script says when that chat becomes a large one."""
    return deploy(f"Shape=large Domain={DOMAIN}")


def service():
    (found,) = aws.client("ecs").describe_services(cluster="cloud-chat", services=["cloud-chat"])[
        "services"
    ]
    return found


def task():
    """The input of RegisterTaskDefinition, as CloudFormation makes it."""
    ecs = aws.client("ecs")
    ecs.meta.events.register("before-parse.ecs.DescribeTaskDefinition", with_names_of_the_api)
    answer = ecs.describe_task_definition(taskDefinition=service()["taskDefinition"])
    found = answer["taskDefinition"]
    names = (
        "family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions",
        "requiresCompatibilities", "cpu", "memory", "runtimePlatform",
    )  # fmt: skip
    definition = {name: found[name] for name in names if found.get(name)}
    definition["containerDefinitions"] = [
        number(each, "cpu", "memory") for each in definition["containerDefinitions"]
    ]
    return definition


def with_names_of_the_api(response_dict, **_):
    """Replace the names of CloudFormation, which the stand-in has left within a container."""
    body = as_api(json.loads(response_dict["body"]))
    response_dict["body"] = json.dumps(body).encode()


def as_api(value, name=""):
    if isinstance(value, dict):
        keep = name.lower() == "options"
        return {k if keep else k[0].lower() + k[1:]: as_api(v, k) for k, v in value.items()}
    return [as_api(each) for each in value] if isinstance(value, list) else value


def number(container, *names):
    """A parameter gives texts, of which CloudFormation makes numbers where the API has them."""
    for mapping in container["portMappings"]:
        mapping.setdefault("hostPort", mapping["containerPort"])  # as ECS does on Fargate
    return container | {name: int(container[name]) for name in names}


def parameters():
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="cloud-chat")["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


def test_the_move_keeps_messages_keys_and_what_both_shapes_have(before, large):
    assert before[0] == [MESSAGE]
    assert kept() == before
    assert "This moves the chat to another shape" in large
    assert service()["desiredCount"] == 2
    assert parameters()["Budget"] == "100"


def test_the_script_has_requested_the_certificate(large):
    (listed,) = aws.client("acm").list_certificates()["CertificateSummaryList"]
    assert listed["DomainName"] == DOMAIN
    assert parameters()["Certificate"] == listed["CertificateArn"]
    assert f"{DOMAIN} has to be another name (CNAME) of " in large


def test_the_balancer_serves_https_only_and_asks_for_the_health_of_the_process(large):
    elb = aws.client("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    http, https = sorted(listeners, key=lambda each: each["Port"])
    assert http["DefaultActions"][0]["RedirectConfig"]["Protocol"] == "HTTPS"
    assert https["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
    (group,) = elb.describe_target_groups()["TargetGroups"]
    assert group["TargetType"] == "instance"
    assert (group["HealthCheckPath"], group["HealthCheckIntervalSeconds"]) == ("/healthz", 10)
    assert service()["loadBalancers"][0]["targetGroupArn"] == group["TargetGroupArn"]
    attributes = {
        each["Key"]: each["Value"]
        for each in elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])[
            "Attributes"
        ]
    }
    assert attributes["deregistration_delay.timeout_seconds"] == "10"
    assert attributes["stickiness.type"] == "lb_cookie"
    assert attributes["stickiness.lb_cookie.duration_seconds"] == "120"


def test_nobody_reaches_containers_and_bus_but_through_the_balancer(large):
    groups = aws.client("ec2").describe_security_groups()["SecurityGroups"]
    named = {each["Description"]: each for each in groups}
    balancer = named["Browsers to the load balancer"]
    containers = named["The load balancer to the containers, and nothing else"]
    bus = named["The containers to the bus, and nothing else"]
    for group, ports, source in (
        (containers, (32768, 65535), balancer),
        (bus, (6379, 6379), containers),
    ):
        (rule,) = group["IpPermissions"]
        assert (rule["FromPort"], rule["ToPort"]) == ports
        assert not rule["IpRanges"]
        assert [each["GroupId"] for each in rule["UserIdGroupPairs"]] == [source["GroupId"]]


def check_task(monkeypatch):
    """ECS and the chat accept the task; returns the settings."""
    definition = task()
    (container,) = definition["containerDefinitions"]
    assert problems(definition) == []
    for each in container["environment"]:
        monkeypatch.setenv(each["name"], each["value"])
    for each in container["secrets"]:
        assert each["valueFrom"]
        monkeypatch.setenv(each["name"], "from a secret of the account")
    return load_settings()


def test_the_task_is_valid_and_joined_to_the_bus(large, monkeypatch):
    settings = check_task(monkeypatch)
    server = settings.bus_server
    assert (server.tls, server.user, server.port) == (True, "chat", 6379)
    assert server.password == "from a secret of the account"
    assert settings.hosts == (DOMAIN,)
    assert settings.proxies == 1
    assert (settings.metrics_log, settings.metrics_namespace) == (60, "CloudChat/cloud-chat")
    assert task()["networkMode"] == "bridge"
    (mapping,) = task()["containerDefinitions"][0]["portMappings"]
    assert mapping["hostPort"] == 0


def test_the_bus_has_a_user_with_a_password_and_tls(large):
    cache = aws.client("elasticache")
    (bus,) = cache.describe_replication_groups()["ReplicationGroups"]
    assert bus["TransitEncryptionEnabled"]
    assert bus["SnapshotRetentionLimit"] == 0
    (users,) = cache.describe_user_groups()["UserGroups"]
    assert bus["UserGroupIds"] == [users["UserGroupId"]]
    assert users["UserIds"] == ["chat-" + users["UserGroupId"].removeprefix("chat-")]


def test_again_it_changes_nothing(large):
    before = (task(), service()["taskDefinition"])
    output = deploy(f"Shape=large Domain={DOMAIN}")
    assert "moves" not in output
    assert "Building" not in output
    assert (task(), service()["taskDefinition"]) == before


def test_an_update_keeps_the_number_of_containers(large):
    ecs = aws.client("ecs")
    ecs.update_service(cluster="cloud-chat", service="cloud-chat", desiredCount=5)
    deploy("", version="2")
    assert task()["containerDefinitions"][0]["image"].endswith("/cloud-chat:2")
    assert service()["desiredCount"] == 5


def test_scaling_runs_no_other_version(large):
    code, output = cloud_chat("scale 3 6", version="3")
    assert code == 0, output
    assert (parameters()["Containers"], parameters()["MostContainers"]) == ("3", "6")
    assert parameters()["ImageVersion"] == "2"
    assert service()["desiredCount"] == 5, "within the limits"
    assert cloud_chat("scale 6 6")[0] == 0
    assert service()["desiredCount"] == 6
    code, output = cloud_chat("scale 9", version="3")
    assert code == 1
    assert "Containers=9 is more than MostContainers=6" in output


def test_the_status_shows_containers_and_targets(large):
    code, output = cloud_chat("status")
    assert code == 0, output
    assert "Ready at" in output or f"No answer yet from https://{DOMAIN}" in output


REFUSED = [
    ("Domain=", "Shape=large needs the name of the chat"),
    ("Containers=many", "Containers"),
    ("HostedZone=Z0NONE", "this account has no zone Z0NONE"),
    ("Launch=fargate FargateCpu=1024", "FargateCpu=1024 needs FargateMemory=2048"),
    ("InstanceType=t4g.small", "InstanceType: t4g.small has another processor than x86_64"),
    (
        "Certificate=arn:aws:acm:us-east-1:000000000000:certificate/none",
        "the region us-east-1 has no such certificate for chat.example.com",
    ),
    ("FixedAddress=false", "FixedAddress is a parameter of Shape=small"),
]


@pytest.mark.parametrize(("given", "said"), REFUSED)
def test_what_can_not_be_is_refused_in_one_line(large, given, said):
    before = parameters()
    code, output = cloud_chat(f"deploy {given}", version="2")
    assert code == 1
    assert said in output.splitlines()[-1], output
    assert parameters() == before


# The stand-in issues certificates at once; this answers as ACM does until the record is there.
PENDING = """aws() {
  case "$*" in
    *" Certificate.Status "*) echo PENDING_VALIDATION ;;
    *ResourceRecord.*Value*) printf '_a.talk.example.com.\\tCNAME\\t_b.acm-validations.aws.\\n' ;;
    *) command aws "$@" ;;
  esac
}
"""


def test_without_its_record_the_certificate_is_waited_for_and_the_chat_stays(large):
    before = parameters()
    for _ in range(2):  # safe to run again
        code, output = cloud_chat(
            "deploy Domain=talk.example.com", "2", aws.instead(PENDING), CLOUD_CHAT_PATIENCE="0"
        )
        assert code == 1
        assert "_a.talk.example.com. CNAME _b.acm-validations.aws." in output
        assert "the certificate of talk.example.com isn't issued yet" in output.splitlines()[-1]
        assert parameters() == before
    names = [
        each["DomainName"]
        for each in aws.client("acm").list_certificates()["CertificateSummaryList"]
    ]
    assert sorted(names) == [DOMAIN, "talk.example.com"], "one for each name"


def test_a_zone_makes_certificate_and_name_by_itself(large):
    route53 = aws.client("route53")
    zone = route53.create_hosted_zone(Name="example.org", CallerReference="1")["HostedZone"]["Id"]
    zone = zone.removeprefix("/hostedzone/")
    code, output = cloud_chat(f"deploy HostedZone={zone}", version="2")
    assert code == 1
    assert f"{zone} is the zone of example.org, and chat.example.com isn't in it" in output
    output = deploy(f"HostedZone={zone} Domain=chat.example.org", version="2")
    assert parameters()["Certificate"] == ""
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (ours,) = (each for each in records if each["Type"] == "A")
    assert ours["Name"].rstrip(".") == "chat.example.org"
    assert "has to be another name" not in output


def test_fargate_takes_the_place_of_instances(before, large, monkeypatch):
    output = deploy("Launch=fargate Processor=arm64", version="2")
    assert "This moves the chat to another shape" in output
    check_task(monkeypatch)
    definition = task()
    (container,) = definition["containerDefinitions"]
    assert container["image"].endswith("/cloud-chat:2-arm64")
    assert definition["networkMode"] == "awsvpc"
    assert (definition["cpu"], definition["memory"]) == ("256", "512")
    assert "dockerSecurityOptions" not in container
    assert "tmpfs" not in container["linuxParameters"]
    (group,) = aws.client("elbv2").describe_target_groups()["TargetGroups"]
    assert group["TargetType"] == "ip"
    network = service()["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "ENABLED"
    assert aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
    assert kept() == before


def test_the_chat_needs_neither_of_what_fargate_lacks(monkeypatch):
    monkeypatch.setitem(TASK, "dockerSecurityOptions", [])
    monkeypatch.setitem(TASK["linuxParameters"], "tmpfs", [])
    container = Container("fargate", 8003)
    try:
        container.start()
        with chatting(container.url, "Ann", "Bob") as (ann, bob):
            for person in (ann, bob):
                person.join("general")
            bob.wait_for_message(ann.say("general", "without a folder for passing files"))
    finally:
        container.remove()


def test_the_way_back_keeps_all(before, large):
    output = deploy(SMALL, version="2")
    assert "This moves the chat to another shape" in output
    assert kept() == before
    assert service()["launchType"] == "EC2"
    assert parameters()["InstanceType"] == "t3.micro"
    assert parameters()["Budget"] == "30"
    assert aws.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert aws.client("elasticache").describe_replication_groups()["ReplicationGroups"] == []


# On AWS instances don't end before ECS has answered the hook of managed draining, and it answers no
# more when CloudFormation has deleted the capacity provider.
HOOKED = """aws() {
  case "$*" in
    *" delete-stack "*)
      ! command aws autoscaling describe-lifecycle-hooks --auto-scaling-group-name "$(
        command aws autoscaling describe-auto-scaling-groups --output text \\
          --query 'AutoScalingGroups[0].AutoScalingGroupName')" | grep of-ecs || exit 9
      [ "$(command aws ecs describe-services --cluster cloud-chat --services cloud-chat \\
        --query 'services[0].status' --output text)" != ACTIVE ] || exit 9
      ;;
  esac
  command aws "$@"
}
"""


def test_a_protected_one_is_not_taken_down_and_another_one_leaves_nothing(before, large):
    deploy(f"Shape=large Domain={DOMAIN} DeletionProtection=true", version="2")
    code, output = cloud_chat("take-down")
    assert code == 1
    assert "run `deploy/cloud-chat deploy DeletionProtection=false` first" in output
    deploy("DeletionProtection=false", version="2")
    autoscaling = aws.client("autoscaling")
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    autoscaling.put_lifecycle_hook(
        AutoScalingGroupName=group["AutoScalingGroupName"],
        LifecycleHookName="of-ecs",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
    )
    code, output = cloud_chat("take-down --with-table", before=aws.instead(HOOKED))
    assert code == 0, output
    assert aws.left() == {}
    assert aws.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert aws.client("elasticache").describe_replication_groups()["ReplicationGroups"] == []
    assert aws.client("acm").list_certificates()["CertificateSummaryList"] == []
