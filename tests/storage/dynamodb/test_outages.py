"""Who finds out whether the history is back, and how often."""

import pytest

from chat.errors import Unavailable
from chat.storage.dynamodb.outages import FIRST_PAUSE, LONGEST_PAUSE, TRY_TAKES, Outages


@pytest.fixture
def outages(clock):
    return Outages(clock)


def is_let_through(outages):
    try:
        outages.check()
    except Unavailable:
        return False
    return True


def test_while_the_history_answers_all_calls_are_made(outages):
    outages.passed()
    assert [is_let_through(outages) for _ in range(3)] == [True, True, True]


def test_after_a_failure_one_call_finds_out_and_the_others_wait_for_it(outages, clock):
    outages.failed()
    assert not is_let_through(outages)
    clock.now += FIRST_PAUSE
    assert [is_let_through(outages) for _ in range(3)] == [True, False, False]
    outages.passed()
    assert is_let_through(outages)


def test_where_that_call_never_ends_another_one_is_made(outages, clock):
    outages.failed()
    clock.now += FIRST_PAUSE
    assert is_let_through(outages)
    clock.now += TRY_TAKES
    assert [is_let_through(outages) for _ in range(2)] == [True, False]


def test_the_pauses_grow_from_failure_to_failure_up_to_the_longest(outages, clock):
    for pause in (FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE):
        outages.failed()
        clock.now += pause / 2 - 0.01
        assert not is_let_through(outages)
        clock.now += pause / 2 + 0.01
        assert is_let_through(outages)
