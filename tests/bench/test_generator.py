"""The load generator, against the floor: a server that does only what the generator counts."""

import pytest

from bench import tools
from bench.trials import TrialError, trial


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
