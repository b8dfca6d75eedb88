"""The load generator, against the floor: a server that does only what the generator counts."""

import sys
from contextlib import contextmanager

import pytest

from bench import processes, tools
from bench.servers import ROOT, serving
from bench.slow_network import ROUND_TRIP
from bench.trials import Outcome, Trial, TrialError, generating, trial


@pytest.fixture(scope="module", autouse=True)
def _programs():
    tools.build_programs()


def test_it_counts_every_delivery():
    with trial("floor", 20) as room:
        assert room.connect(20).ready == 20
        sent = room.send(100, 0.5)
        assert (sent.sent, sent.acknowledged, sent.delivered) == (50, 50, 50 * 20)
        assert 0 < sent.p50_ms <= sent.p99_ms <= sent.max_ms < 1000


def test_everybody_who_asks_again_when_answered_is_answered():
    with trial("floor", 5) as room:
        room.connect(5)
        assert room.post(3, 100).delivered == 100 * 5


def test_a_delivery_to_somebody_who_should_not_have_it_is_noticed():
    with trial("floor", 101, rooms=101) as rooms:  # its first and last are the same
        rooms.connect(101)
        with pytest.raises(TrialError, match="'wrong': 1,"):
            rooms.send(100, 0.1)


def test_a_server_that_goes_is_noticed():
    with trial("floor", 5) as room:
        room.connect(5)
        room.server.kill()
        with pytest.raises(TrialError, match="'closed': 5"):
            room.idle(0.2)


@contextmanager
def behind_two_ports(folder, rooms=1):
    """One floor; what is sent through the second port takes half of ROUND_TRIP more."""
    slow_port = processes.free_port()
    with serving("floor", folder) as floor:
        command = [sys.executable, "-m", "bench.slow_network", str(slow_port), str(floor.port)]
        log = folder / "network.log"
        with (
            processes.running(command, processes.LOAD_CORE, log=log, cwd=ROOT),
            generating(folder, [floor.port, slow_port], floor.cookies(6), rooms) as generator,
        ):
            processes.wait_until(lambda: processes.is_listening(slow_port), 10, "its start")
            yield Trial([floor], None, generator, folder)


def test_deliveries_at_the_port_of_the_sender_and_at_another_are_measured_apart(tmp_path):
    with behind_two_ports(tmp_path) as room:
        room.connect(6)
        sent = room.send_at_first(100, 0.2)
        assert (sent.delivered, sent.crossed) == (20 * 6, 20 * 3)
        assert sent.crossed_p50_ms >= ROUND_TRIP / 2 * 1000
        assert sent.stayed_p50_ms < sent.crossed_p50_ms <= sent.p99_ms


def test_people_of_different_servers_send_in_turn(tmp_path):
    with behind_two_ports(tmp_path, rooms=3) as rooms:
        rooms.connect(6)  # one of each room at each port
        sent = rooms.send(100, 0.02)  # the first of two rooms
        assert (sent.sent, sent.crossed) == (2, 2)
        assert sent.stayed_max_ms >= ROUND_TRIP * 1000  # the second sender is at the slow port


def test_the_people_of_a_room_may_all_be_at_one_server():
    with trial("floor", 20, rooms=2, containers=2, apart=True) as rooms:
        rooms.connect(20)
        assert rooms.send(100, 0.2).crossed == 0  # and everybody got all


def test_only_people_at_the_first_server_may_send():
    with trial("floor", 19, rooms=2, containers=2, apart=True) as rooms:
        rooms.connect(19)  # ten in the room at the first server, nine in the other
        assert rooms.send(100, 0.19).delivered == 10 * 10 + 9 * 9
        assert rooms.send_at_first(100, 0.2).delivered == 20 * 10


def test_those_of_a_lost_server_come_back_to_the_first_while_others_send():
    with trial("floor", 20, containers=2) as room:
        room.connect(20)
        lost = room.lose_last(200, 0.1)
        assert (lost.invited, lost.ready) == (10, 10)
        assert 0 < lost.away < lost.seconds
        assert 0 < lost.delivered == lost.sent * 10  # to those who were there all the time
        assert room.send(100, 0.2).delivered == 20 * 20


def test_whoever_came_back_after_some_attempts_is_back():
    report = {"invited": 5, "ready": 5, "closed": 2, "sent": 9, "acknowledged": 9, "wrong": 0}
    outcome = Outcome((1.0,), 0.0, report)
    assert outcome.is_complete_in_the_end
    assert not outcome.is_complete
