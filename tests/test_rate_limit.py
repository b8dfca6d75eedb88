"""Rate limits, and the error of a refused call."""

import pytest

from chat.errors import RateLimited
from chat.rate_limit import RateLimit


def test_each_may_do_so_much_in_each_period(clock):
    limit = RateLimit("messages", 2, 10, clock)
    for who in ("ann", "bob"):
        limit.spend(who)
        limit.spend(who)
        with pytest.raises(RateLimited):
            limit.spend(who)
    clock.now += 10
    limit.spend("ann")


def test_whoever_does_too_much_is_told_what_and_how_long_to_wait(clock):
    limit = RateLimit("messages", 1, 10, clock)
    limit.spend("ann")
    clock.now += 4
    with pytest.raises(RateLimited) as refusal:
        limit.spend("ann")
    assert refusal.value.message == "Too many messages. Wait a moment, then try again."
    assert refusal.value.retry_after == 6


def test_what_is_dear_counts_for_more_and_all_there_is_at_most(clock):
    limit = RateLimit("events", 10, 1, clock)
    limit.spend("ann", 9)
    with pytest.raises(RateLimited):
        limit.spend("ann", 2)
    limit.spend("ann", 1)
    limit.spend("bob", 1000)
    with pytest.raises(RateLimited):
        limit.spend("bob")


def test_an_amount_of_0_is_no_limit(clock):
    limit = RateLimit("events", 0, 1, clock)
    for _ in range(1000):
        limit.spend("ann")


def test_nothing_is_kept_of_people_who_have_gone(clock):
    limit = RateLimit("messages", 5, 10, clock)
    for n in range(1000):
        limit.spend(str(n))
    clock.now += 10
    limit.spend("ann")
    assert len(limit.allowance._spent) == 1
