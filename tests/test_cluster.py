"""`make cluster`: several processes, a bus and a balancer, which start and end together."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from tests.chatters import chatting
from tests.servers import Server, is_listening
from tests.waiting import wait_until

PARTS = ["bus", "chat 1", "chat 2", "balancer"]


class Cluster(Server):
    """A cluster of two processes, with its history below `folder`."""

    def __init__(self, folder, **variables):
        super().__init__(folder / "cluster.log")
        self.command = [sys.executable, "-m", "scripts.cluster", "--processes", "2"]
        where = {"HOST": "127.0.0.1", "PORT": str(self.port)}
        history = {"CHAT_HISTORY": f"sqlite:///{folder}/chat.db"}
        self.environment = os.environ | where | history | variables
        self.url = f"http://127.0.0.1:{self.port}"

    def answers(self):
        return f"Open {self.url}" in self.output()

    def pids(self, name):
        """Those that a part has had, in order."""
        return [int(pid) for pid in re.findall(rf"(?m)^{name} .* pid (\d+)$", self.output())]

    def end(self):
        """Press Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path, CHAT_SIGN_IN_RATE="0")
    yield cluster
    if cluster.process.poll() is None:
        cluster.end()  # the parts, too


def is_alive(pid):
    return subprocess.run(["ps", "-p", str(pid)], capture_output=True, check=False).returncode == 0


def test_it_serves_one_chat_by_two_processes_and_ctrl_c_ends_all(cluster):
    cluster.start(60)
    pids = [pid for name in PARTS for pid in cluster.pids(name)]
    assert len(pids) == 4
    with chatting(cluster.url, "Ann", "Ben") as people:
        served_by = {person.session.cookies["CLOUDCHAT"] for person in people}
        assert len(served_by) == 2
        for person in people:
            person.join("general")
        people[1].wait_for_message(people[0].say("general", "hello"))
        assert cluster.end() == 0
        assert all(person.payloads("going_away") for person in people), "a planned stop"
    assert not any(map(is_alive, pids))
    assert not is_listening(cluster.port)
    assert "Traceback" not in cluster.output()


def test_a_part_that_ends_is_named_and_started_again(cluster):
    cluster.start(60)
    ends = {
        "bus": (signal.SIGKILL, "SIGKILL"),
        "chat 1": (signal.SIGTERM, "exit code 0"),  # as in a rolling update
        "chat 2": (signal.SIGKILL, "SIGKILL"),
        "balancer": (signal.SIGTERM, "SIGTERM"),
    }
    for name, (number, reason) in ends.items():
        os.kill(cluster.pids(name)[0], number)
        wait_until(lambda: len(cluster.pids(name)) == 2, what=name)  # noqa: B023
        assert f"{name} has ended ({reason}), and is started again" in cluster.output()
    with chatting(cluster.url, "Ann") as ann:
        ann.join("general")
        ann.say("general", "all are back")
    assert cluster.end() == 0
    assert "Traceback" not in cluster.output()
    assert not any(is_alive(pid) for name in PARTS for pid in cluster.pids(name))


def test_if_a_process_cannot_start_it_says_why_and_all_ends(tmp_path):
    cluster = Cluster(tmp_path, CHAT_SEND_RATE="-1")
    cluster.launch()
    assert cluster.process.wait(60) == 1
    assert "CHAT_SEND_RATE: use at least 0" in cluster.output()
    assert "chat 1 can't be started" in cluster.output()
    assert "Traceback" not in cluster.output()
    assert not any(map(is_alive, cluster.pids("bus")))


def test_a_port_in_use_is_said_before_anything_is_started(tmp_path):
    cluster = Cluster(tmp_path)
    with socket.create_server(("127.0.0.1", cluster.port)):
        cluster.launch()
        assert cluster.process.wait(60) == 3
    assert f"PORT: {cluster.port} is in use" in cluster.output()
    assert len(cluster.output().splitlines()) == 1
