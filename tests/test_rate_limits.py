"""Rate limits, with a clock that stands still."""

import pytest

from chat.errors import RateLimited
from chat.rate_limits import RateLimit


def test_too_many_are_refused_until_the_period_is_over(clock):
    limit = RateLimit("messages", 2, 10, clock)
    limit.spend("ann")
    limit.spend("ann")
    clock.now += 4
    with pytest.raises(RateLimited) as refusal:
        limit.spend("ann")
    assert refusal.value.retry_after == 6
    clock.now += 6
    limit.spend("ann")


def test_others_are_not_limited(clock):
    limit = RateLimit("messages", 1, 10, clock)
    limit.spend("ann")
    limit.spend("bob")


def test_dear_things_count_more_than_once(clock):
    limit = RateLimit("events", 10, 10, clock)
    limit.spend("ann", 7)
    with pytest.raises(RateLimited):
        limit.spend("ann", 4)
    limit.spend("ann", 3)


def test_what_costs_more_than_there_is_goes_through_alone(clock):
    limit = RateLimit("events", 10, 10, clock)
    limit.spend("ann", 100)
    with pytest.raises(RateLimited):
        limit.spend("ann")
    clock.now += 10
    limit.spend("ann")
    with pytest.raises(RateLimited):
        limit.spend("ann", 100)


def test_zero_is_no_limit(clock):
    limit = RateLimit("messages", 0, 10, clock)
    for _ in range(1000):
        limit.spend("ann")


def test_nothing_is_kept_of_people_who_have_gone(clock):
    limit = RateLimit("messages", 5, 10, clock)
    for n in range(1000):
        limit.spend(str(n))
    clock.now += 10
    limit.spend("ann")
    assert len(limit._allowance._spent) == 1
