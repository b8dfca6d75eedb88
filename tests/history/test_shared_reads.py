"""Shared reads, with threads that the test synchronizes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.errors import Unavailable
from chat.history.shared_reads import SharedReads
from tests.waiting import wait_until


class SlowHistory:
    """A read that begins and ends when the test says so."""

    def __init__(self):
        self.begun = 0
        self.may_end = threading.Semaphore(0)
        self.fails = False

    def read(self, room):
        self.begun += 1
        number = self.begun
        assert self.may_end.acquire(timeout=10)
        if self.fails:
            raise Unavailable("down")
        return f"{room} {number}"


@pytest.fixture
def history():
    return SlowHistory()


@pytest.fixture
def reads(history):
    return SharedReads(history.read)


@pytest.fixture
def threads():
    with ThreadPoolExecutor(20) as pool:
        yield pool


def waiting_for_next(reads):
    return bool(reads._next)


def test_a_lone_question_is_one_read(reads, history):
    history.may_end.release()
    assert reads.ask("tech") == "tech 1"


def test_those_who_ask_during_a_read_share_the_next_one(reads, history, threads):
    first = threads.submit(reads.ask, "tech")
    wait_until(lambda: history.begun == 1)
    later = [threads.submit(reads.ask, "tech") for _ in range(10)]
    wait_until(lambda: waiting_for_next(reads))
    assert history.begun == 1, "one at a time"
    history.may_end.release()
    assert first.result(10) == "tech 1"
    wait_until(lambda: history.begun == 2)
    history.may_end.release(10)
    answers = {answer.result(10) for answer in later}
    assert "tech 1" not in answers, "that read began before they asked"
    assert "tech 2" in answers


def test_different_questions_do_not_wait_for_each_other(reads, history, threads):
    tech = threads.submit(reads.ask, "tech")
    wait_until(lambda: history.begun == 1)
    general = threads.submit(reads.ask, "general")
    wait_until(lambda: history.begun == 2)
    history.may_end.release(2)
    assert tech.result(10).startswith("tech")
    assert general.result(10).startswith("general")


def test_a_failure_is_told_to_everybody_and_forgotten(reads, history, threads):
    history.fails = True
    history.may_end.release(10)
    for answer in [threads.submit(reads.ask, "tech") for _ in range(5)]:
        with pytest.raises(Unavailable):
            answer.result(10)
    history.fails = False
    history.may_end.release(10)
    assert reads.ask("tech").startswith("tech")
    assert not reads._next
    assert not reads._running
