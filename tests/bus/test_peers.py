import pytest

from chat.bus.peers import GONE_AFTER, SILENT_AFTER, Peers


@pytest.fixture
def peers(clock):
    return Peers(clock)


def test_a_process_is_new_once(peers, clock):
    assert peers.meet("p1")
    assert not peers.heard("p1")
    clock.now += 1
    assert not peers.meet("p1")
    assert peers.speaking == {"p1"}
    assert len(peers) == 1


def test_a_silent_one_is_told_of_once(peers, clock):
    peers.heard("p1")
    clock.now += SILENT_AFTER
    assert peers.fall_silent() == []
    clock.now += 0.1
    assert peers.fall_silent() == ["p1"]
    assert peers.fall_silent() == []
    assert peers.speaking == set()
    assert not peers.meet("p1")
    assert peers.speaking == set(), "only beats tell that it isn't silent"
    assert peers.heard("p1")
    assert peers.speaking == {"p1"}
    assert not peers.heard("p1")


def test_a_process_is_gone_when_nothing_says_that_it_is_there(peers, clock):
    peers.heard("p1")
    peers.is_there = {"p1"}.__contains__
    clock.now += GONE_AFTER + 0.1
    assert peers.take_gone() == []
    peers.is_there = set().__contains__
    assert peers.take_gone() == ["p1"]
    assert peers.take_gone() == []
    assert peers.meet("p1")


def test_one_that_speaks_is_not_gone(peers, clock):
    peers.heard("p1")
    clock.now += GONE_AFTER
    assert peers.take_gone() == []
    peers.heard("p1")
    clock.now += 1
    assert peers.take_gone() == []


def test_one_that_never_beats_is_gone(peers, clock):
    peers.meet("p1")
    clock.now += GONE_AFTER
    peers.meet("p1")
    clock.now += 0.1
    assert peers.take_gone() == ["p1"]


def test_one_that_left_is_forgotten(peers, clock):
    peers.heard("p1")
    peers.leave("p1")
    peers.leave("never heard of")
    clock.now += GONE_AFTER + 1
    assert peers.take_gone() == []
    assert not len(peers)
