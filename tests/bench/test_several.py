"""The figures of the cases with several containers, from outcomes that are known."""

from contextlib import contextmanager

import pytest

from bench.cases import CASES, containers, crossing, elsewhere, lost_container
from bench.cases.several import SERVERS
from bench.cases.small_rooms import ROOMS
from bench.trials import Outcome


class _Trial:
    """Stands in for a trial: each job has the outcome that was planned, by its name."""

    def __init__(self, outcomes):
        self._outcomes = outcomes

    def __getattr__(self, job):
        return lambda *_: self._outcomes.get(job)


@pytest.fixture
def plan(monkeypatch):
    """Plans the outcomes of a case; `outcomes` gets the options of each trial."""

    def plan(case, outcomes):
        @contextmanager
        def trial(_server, _people, **options):
            yield _Trial(outcomes(**options))

        monkeypatch.setattr(case, "trial", trial)

    return plan


def _outcome(*cpus, bus=0.0, **report):
    return Outcome(cpus, bus, report)


def test_the_way_to_the_other_container_is_the_difference_of_the_medians(plan):
    sent = _outcome(
        0.9,
        0.1,
        delivered=30_000,
        crossed=10_000,
        stayed_p50_ms=2.0,
        stayed_p99_ms=4.0,
        crossed_p50_ms=3.5,
        crossed_p99_ms=9.0,
    )
    plan(crossing, lambda **_: {"send_at_first": sent})
    sample = crossing.CASE.measure("ours", 0)
    assert (sample["added"], sample["p50"], sample["p99"]) == (1.5, 3.5, 9.0)
    assert sample["first"] == pytest.approx(45)  # µs for each of the 20,000 that stayed
    assert sample["other"] == pytest.approx(10)


def test_two_containers_are_compared_with_one(plan):
    cpus = {  # by containers, whether rooms are apart, and how many rooms there are
        (1, False, ROOMS): (1.0,),
        (1, False, ROOMS // 2): (1.8,),
        (2, False, 2 * ROOMS): (0.8, 0.7),
        (2, True, 2 * ROOMS): (0.6, 0.6),
        (2, False, ROOMS): (0.9, 1.1),
    }

    def outcomes(containers, rooms, apart):
        others = [3000] * containers
        its = cpus[containers, apart, rooms]
        return {"send": _outcome(*its, bus=0.1, sent=1000, p99_ms=5.0, others=others)}

    plan(containers, outcomes)
    sample = containers.CASE.measure("ours", 0)
    ratios = (sample["ratio"], sample["ratio_apart"], sample["ratio_divided"])
    assert ratios == pytest.approx((1.5, 1.2, 2.0))
    assert (sample["cpu"], sample["alone"], sample["bus"]) == pytest.approx((1500, 1000, 100))
    assert (sample["activity"], sample["activity_alone"]) == (6, 3)
    assert sample["half"] == pytest.approx(1800)


@pytest.mark.parametrize(
    ("seconds", "microseconds"),
    [
        (0.1, 2),  # for each message: without twice the 0.04 s of an idle one
        (0.07, 0),  # such steps as those of the kernel don't make it negative
    ],
)
def test_what_an_idle_container_needs_is_not_charged_to_messages(plan, seconds, microseconds):
    sent = _outcome(3.0, seconds, sent=10_000, seconds=elsewhere.SECONDS * 2)
    plan(elsewhere, lambda **_: {"idle": _outcome(0.05, 0.04), "send_at_first": sent})
    assert elsewhere.CASE.measure("ours", 0)["other"] == pytest.approx(microseconds)


def test_everybody_who_came_back_has_a_share_of_the_cost(plan):
    lost = _outcome(lost_container.LOST / 1000, away=7.0, p50_ms=1.0, p99_ms=2.0, closed=3)
    plan(lost_container, lambda **_: {"lose_last": lost})
    sample = lost_container.CASE.measure("ours", 0)
    assert (sample["cpu"], sample["away"], sample["failed"]) == (pytest.approx(1000), 7.0, 3)


def test_all_of_them_are_beside_node_with_each_adapter():
    names = ["crossing", "crossing-busy", "containers", "elsewhere", "lost-container"]
    assert all(CASES[name].servers == SERVERS for name in names)
