"""Two tasks behind a balancer, with a bus and a table: updates and failures while people chat."""

import contextlib
import itertools
import subprocess
import uuid

import pytest

from deploy.check import aws
from deploy.check.balancer import LoadBalancer
from deploy.check.bus import Bus
from deploy.check.podman import TASK
from deploy.check.service import PORTS, NotHealthyError, Service
from tests.faults import checker, journal, troubles
from tests.faults.arena import Arena, who_is
from tests.faults.polling_wire import PollingWire
from tests.waiting import wait_until

ADDRESS = "172.31.0.10"  # where tasks reach the bus and AWS
SETTINGS = {
    "CHAT_SECRET_KEY": "from the parameter store",
    "CHAT_PROXIES": "1",
    "CHAT_SEND_RATE": "0",
    "CHAT_EVENT_RATE": "0",
    "CHAT_SIGN_IN_RATE": "0",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
BY_WEBSOCKET = ("Ann", "Ben", "Cem", "Dora", "Eva", "Fay")
BY_POLLING = ("Gil", "Hal", "Ida", "Jon")
COUNTS = (checker.LOST, checker.DUPLICATE, checker.ORDER)


class Town(Arena):
    """People who chat through the balancer of a service, and the check of what they saw."""

    def __init__(self, folder, service, balancer, bus, table):
        super().__init__(folder, history(table, "127.0.0.1"), seed=15)
        self.service, self.balancer, self.bus = service, balancer, bus
        self.servers = service.tasks
        self.began = 0  # the last entry of the journal before all talked

    def people(self):
        """Those who sign in once and stay; returns their clients."""
        return [*self.admit(*BY_WEBSOCKET), *self.admit(*BY_POLLING, connect=PollingWire.open)]

    @contextlib.contextmanager
    def chatting(self):
        """Let everybody talk, 20 messages a second in all, until the end of the `with` block."""
        self.began = self.journal.last
        with troubles.going_on(lambda: self.chatter(2), lambda: 0.1):
            self.until_more_are_acknowledged(40)
            yield
            self.until_more_are_acknowledged(40)

    def longest_wait(self, clients):
        """The longest time, in seconds, for which one of them got no message while all talked."""
        entries = [each for each in self.journal.of(journal.RECEIVED) if each.number > self.began]
        times = [[each.at for each in entries if each.client == who.name] for who in clients]
        return max(b - a for each in times for a, b in itertools.pairwise(each))

    def sessions(self):
        """The id of each person, by the cookie that the client has now."""
        found = [who_is(self.balancer.url, pairs(client.cookie)) for client in self.clients]
        assert all(found), "somebody is signed out"
        return found


def history(table, host):
    return f"dynamodb://{table}?region={aws.REGION}&endpoint_url=http://{host}:{aws.PORT}"


def pairs(cookie):
    return dict(each.split("=", 1) for each in cookie.split("; "))


@pytest.fixture(scope="module")
def network(cloud):
    """The address, and the credentials of the check itself."""
    subprocess.run(["ip", "address", "replace", f"{ADDRESS}/32", "dev", "lo"], check=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in aws.ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def town(network, tmp_path):
    """Two tasks of a service, and nobody there yet."""
    table = f"Chat-{uuid.uuid4().hex}"
    with contextlib.ExitStack() as until_the_end:
        bus = Bus(tmp_path, ADDRESS).start()
        until_the_end.callback(bus.kill)
        balancer = LoadBalancer(tmp_path, PORTS).start()
        until_the_end.callback(balancer.kill)
        variables = {"CHAT_HISTORY": history(table, ADDRESS), "CHAT_BUS": bus.url}
        service = Service(balancer, SETTINGS | variables)
        until_the_end.callback(service.remove)
        town = Town(tmp_path, service, balancer, bus, table)
        until_the_end.callback(town.close)
        service.start(2)
        yield town
        assert not bus.refused()
        assert "traceback" not in service.logs()


def check(town, sessions, figure, what):
    """Assert that all promises held and that everybody is still signed in; report the counts."""
    violations = town.violations()
    said = town.journal.count(journal.ACKNOWLEDGED)
    counts = [sum(each.kind == kind for each in violations) for kind in COUNTS]
    figure(f"{what}: lost, doubled, out of order", f"{counts} of {said} messages")
    assert not violations, "\n".join(map(str, violations[:20]))
    assert town.sessions() == sessions


def test_in_rolling_updates_nothing_is_lost_and_nobody_is_seen_leaving(town, figure):
    people = town.people()
    sessions = town.sessions()
    with town.chatting():
        stops = town.service.update_one_by_one(is_cut=False)
        town.until_more_are_acknowledged(40)
        told = [each.name for each in people if each.told_to_go]
        stops += town.service.update_at_once(is_cut=True)
    seconds = [each.seconds for each in stops]
    figure("rolling updates: stops with people talking, of 30 s", f"up to {max(seconds):.1f} s")
    figure("rolling updates: longest without a message", f"{town.longest_wait(people):.1f} s")
    assert [each.code for each in stops] == [0, 0, 0, 0]
    assert max(seconds) < TASK["stopTimeout"]
    assert set(BY_WEBSOCKET) <= set(told), "their tasks could say goodbye"
    assert {town.server_of(each) for each in people} == set(town.service.tasks)
    assert not any(each.rooms["general"].seen_leaving for each in people)
    check(town, sessions, figure, "rolling updates")


def test_if_a_task_is_killed_the_people_of_the_other_one_notice_nothing(town, figure):
    people = town.people()
    sessions = town.sessions()
    dead, other = town.service.tasks
    theirs = [each for each in people if town.server_of(each) is dead]
    others = [each for each in people if town.server_of(each) is other]
    assert theirs
    assert others
    with town.chatting():
        town.service.lose(dead)
        wait_until(lambda: town.balancer.healthy() == {other.port})
        town.service.add()
        town.until(lambda: all(each.is_live for each in theirs))
    figure("a task is killed: its people without a message", f"{town.longest_wait(theirs):.1f} s")
    figure("a task is killed: the others without a message", f"{town.longest_wait(others):.1f} s")
    assert dead.state()["ExitCode"] == 137
    assert all(each.connections == 1 and each.is_live for each in others)
    check(town, sessions, figure, "a task is killed")


def test_if_the_new_version_does_not_start_the_old_one_serves_on(town, figure):
    people = town.people()
    sessions = town.sessions()
    before = list(town.service.tasks)
    with town.chatting():
        for _ in range(3):  # then the circuit breaker of ECS gives up
            with pytest.raises(NotHealthyError, match="CHAT_SOCKETS"):
                town.service.add(CHAT_SOCKETS="many")
    figure("a version that fails: longest without a message", f"{town.longest_wait(people):.1f} s")
    assert town.service.tasks == before
    assert all(each.connections == 1 for each in people)
    assert not any(town.balancer.requests(port) for port in PORTS[2:])
    check(town, sessions, figure, "a version that fails")


def test_an_outage_of_the_table_lets_the_balancer_keep_both_tasks(town, figure):
    people = town.people()
    sessions = town.sessions()
    ports = {task.port for task in town.service.tasks}
    with town.chatting():
        with out_of_reach(aws.PORT):
            wait_until(lambda: not any(map(town.is_ready, town.service.tasks)))
            for _ in range(8):  # the balancer asks twice until a target is unhealthy
                assert town.balancer.healthy() == ports
                assert all(map(town.is_alive, town.service.tasks))
                troubles.wait(0.5)
            assert not any(map(town.is_ready, town.service.tasks))
        wait_until(lambda: all(map(town.is_ready, town.service.tasks)))
    figure("the table is away: longest without a message", f"{town.longest_wait(people):.1f} s")
    assert town.balancer.healthy() == ports
    assert all(each.connections == 1 for each in people)
    check(town, sessions, figure, "the table is away")


@contextlib.contextmanager
def out_of_reach(port):
    """Drop without a word what tasks send there; their connections stay open."""
    rule = f"INPUT -d {ADDRESS} -p tcp --dport {port} -j DROP".split()
    subprocess.run(["iptables", "-I", *rule], check=True)
    try:
        yield
    finally:
        subprocess.run(["iptables", "-D", *rule], check=True)
