"""Questions that come during a read are answered together, by the next read."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.errors import Unavailable
from chat.history.gathered_reads import GATHER, GatheredReads
from tests.waiting import wait_until

AT_MOST = 5


class Source:
    """Finds the halves of even numbers, when the test lets it."""

    def __init__(self):
        self.asked = []
        self.open = threading.Event()
        self.is_down = False

    def read(self, keys):
        self.asked.append(set(keys))
        assert self.open.wait(10)
        if self.is_down:
            raise Unavailable("down")
        return {key: int(key) // 2 for key in keys if int(key) % 2 == 0}


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def reads(source):
    return GatheredReads(source.read, AT_MOST, iter(range(100)).__next__)  # so no read is delayed


@pytest.fixture
def pool():
    with ThreadPoolExecutor(20) as pool:
        yield pool


def waiting(reads):
    return len(reads._next.keys) if reads._next else 0


def test_whoever_asks_alone_waits_for_nobody(reads, source):
    source.open.set()
    assert reads.ask("2") == 1
    assert reads.ask("3") is None
    assert source.asked == [{"2"}, {"3"}]


def test_all_who_ask_meanwhile_share_the_next_read(reads, source, pool):
    first = pool.submit(reads.ask, "2")
    wait_until(lambda: source.asked)
    others = [pool.submit(reads.ask, key) for key in ("2", "3", "3", "4")]
    wait_until(lambda: waiting(reads) == 3)
    assert source.asked == [{"2"}], "the next read waits"
    source.open.set()
    assert first.result(10)
    assert [each.result(10) for each in others] == [1, None, None, 2]
    assert source.asked == [{"2"}, {"2", "3", "4"}]


def test_who_asks_right_after_a_read_began_waits_a_moment_for_others(source, clock):
    source.open.set()
    pauses = []
    reads = GatheredReads(source.read, AT_MOST, clock, pauses.append)
    reads.ask("2")
    assert pauses == []
    clock.now += GATHER / 4
    reads.ask("2")
    assert pauses == [pytest.approx(GATHER * 3 / 4)]
    clock.now += GATHER
    reads.ask("2")
    assert len(pauses) == 1


def test_a_read_takes_so_many_and_no_more(reads, source, pool):
    first = pool.submit(reads.ask, "0")
    wait_until(lambda: source.asked)
    others = [pool.submit(reads.ask, str(number)) for number in range(1, 13)]
    wait_until(lambda: waiting(reads) == 12 % AT_MOST)
    source.open.set()
    assert first.result(10) == 0
    assert [each.result(10) for each in others] == [
        n // 2 if n % 2 == 0 else None for n in range(1, 13)
    ]
    assert sorted(map(len, source.asked)) == [1, 2, AT_MOST, AT_MOST]


def test_what_went_wrong_is_told_to_all_who_asked_and_to_nobody_later(reads, source, pool):
    source.is_down = True
    asked = [pool.submit(reads.ask, key) for key in ("2", "4")]
    wait_until(lambda: source.asked)
    source.open.set()
    for each in asked:
        with pytest.raises(Unavailable):
            each.result(10)
    source.is_down = False
    assert reads.ask("2") == 1
