"""The measurement after an outage of the bus waits for everything, and judges only what is fair."""

import contextlib

import pytest

from tests.faults import outages, troubles
from tests.faults.outages import BUSY, Outages, processes_for_each_core


@pytest.fixture
def people(join):
    joined = join()
    return joined.admit("Ann", "Ben")


@contextlib.contextmanager
def an_outage(arena, people):
    with troubles.dead(arena.bus):
        for person in people:
            arena.post(person, "said without the bus")
        arena.until(lambda: not any(person.stuck for person in people))
        yield


def test_it_waits_until_all_that_was_said_is_everywhere(either, people):
    measured = Outages(either, load=lambda: 0)
    measured.during(an_outage(either, people), 0)
    assert all(len(person.rooms["general"].shown) == 2 for person in people)
    assert len(measured.took) == 1
    assert measured.unmeasured == 0


def test_before_it_somebody_is_at_each_server(either, people):
    either.move(people[0], either.servers[1])
    either.move(people[1], either.servers[1])
    Outages(either).during(an_outage(either, people), 0)
    assert {either.server_of(person) for person in people} == set(either.servers)


def test_what_takes_longer_than_promised_is_a_violation(either, people, monkeypatch):
    monkeypatch.setattr(outages, "PROMISED", 0)
    measured = Outages(either, load=lambda: BUSY)
    measured.during(an_outage(either, people), 0)
    assert [each.kind for each in measured.violations] == ["late"]


def test_on_a_busy_machine_nothing_is_measured(either, people, monkeypatch):
    monkeypatch.setattr(outages, "PROMISED", 0)
    measured = Outages(either, load=lambda: BUSY + 1)
    measured.during(an_outage(either, people), 0)
    assert (measured.took, measured.violations, measured.unmeasured) == ([], [], 1)


def test_nor_while_something_else_fails(either, people, monkeypatch):
    for limit in ("PROMISED", "REST_WITHIN", "GIVE_UP_AFTER"):
        monkeypatch.setattr(outages, limit, 0)
    measured = Outages(either, load=lambda: 0)
    people[0].running.cancel()
    either.until(lambda: not people[0].is_live)
    measured.during(an_outage(either, people[1:]), 0)
    assert (measured.took, measured.violations, measured.unmeasured) == ([], [], 1)


def test_the_load_of_this_machine_is_known():
    assert 0 < processes_for_each_core() < 1000
