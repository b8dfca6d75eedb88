"""user-data.sh, run twice in a container."""

import pytest

from deploy.check.images import PYTHON
from deploy.check.places import ROOT
from deploy.check.podman import podman


@pytest.fixture(scope="module")
def runs():
    """What the first and the second run did, and the files at the end."""
    files = {"user-data.sh": "/user-data.sh", "deploy/check/first-boot.sh": "/first-boot.sh"}
    volumes = [f"--volume={ROOT / here}:{there}:ro" for here, there in files.items()]
    output = podman("run", "--rm", "--network", "none", *volumes, PYTHON, "bash", "/first-boot.sh")
    return output.split("---\n")


def files(run):
    return {line for line in run.splitlines() if line[:64].isalnum() and "/" in line[64:]}


def calls(run):
    return [line for line in run.splitlines() if line not in files(run)]


def test_the_instance_joins_the_cluster(runs):
    config = runs[2].splitlines()
    assert "ECS_CLUSTER=chat-cluster" in config
    assert "ECS_ENABLE_TASK_IAM_ROLE=true" in config
    assert "ECS_SELINUX_CAPABLE=true" in config, "or no task with dockerSecurityOptions is placed"
    assert config.count("/swapfile none swap sw 0 0") == 1


def test_the_kernel_has_room_for_ten_thousand_connections(runs):
    assert "nf_conntrack" in runs[2].splitlines(), "loaded before the setting, at every start"
    setting = "net.netfilter.nf_conntrack_max = "
    (most,) = [line for line in runs[2].splitlines() if line.startswith(setting)]
    assert int(most.removeprefix(setting)) > 2 * 10_000
    load = ["modprobe nf_conntrack", "sysctl --quiet --load /etc/sysctl.d/90-chat.conf"]
    assert [call for call in calls(runs[0]) if call in load] == load


def test_it_takes_the_fixed_address_with_a_token_for_the_metadata(runs):
    (call,) = [call for call in calls(runs[1]) if call.startswith("aws ec2 associate-address")]
    assert "--allocation-id eipalloc-1" in call
    for call in calls(runs[0]):
        assert not call.startswith("curl") or "metadata-token" in call


def test_it_tries_again_when_the_address_was_refused(runs):
    tries = ("aws ec2 associate-address", "sleep")
    tried = [call for call in calls(runs[0]) if call.startswith(tries)]
    assert [call.split()[0] for call in tried] == ["aws", "sleep", "aws"]


def test_a_second_run_changes_nothing(runs):
    assert files(runs[0]) == files(runs[1])
    assert len(files(runs[0])) >= 6
    once = {"systemctl restart docker", "mkswap /swapfile.new"}
    assert once <= set(calls(runs[0]))
    assert not once & set(calls(runs[1]))


def test_the_instance_of_another_stack_takes_the_cluster_and_the_address_of_that(runs):
    assert "ECS_CLUSTER=other-cluster" in runs[3]
    assert "--filters Name=tag:Name,Values=other " in runs[3]
    assert "--filters Name=tag:Name,Values=cloud-chat " in runs[0]
