import pytest

from bench.cases.base import Case, Figure, Target
from bench.report import table
from bench.results import Result, load_results, save_results

CPU = Figure("cpu", "CPU", "µs", (Target("node", 0.75), Target("itself", 10.0)))
TIME = Figure("time", "time", "ms")
WORK = Case("work", "Some work", ("ours", "node"), lambda *_: {}, (CPU,))
CURVE = Case(
    "curve",
    "More and more work",
    ("ours",),
    lambda *_: {},
    (Figure("cpu", "CPU", "µs", (Target("sizes", 1.25),)),),
    sizes=(10, 100),
    size_title="people",
)


@pytest.fixture
def result():
    result = Result("2026-11-23", "abc1234")
    for ours, node in [(6, 10), (8, 10), (14, 20)]:
        result.add("ours", 0, {"cpu": ours})
        result.add("node", 0, {"cpu": node})
    return result


def test_a_comparison_is_the_median_of_the_ratios_of_each_run(result):
    assert result.median("ours", "cpu") == 8
    assert result.ratios("cpu", "node") == [0.6, 0.8, 0.7]
    assert result.judged(WORK, CPU, CPU.targets[0]) == 0.7


def test_a_table_says_how_it_was_measured(result):
    assert table(WORK, result).endswith("`make bench CASES=work RUNS=3` · 2026-11-23 · abc1234")


def test_a_table_says_which_targets_are_met(result):
    text = table(WORK, result)
    assert "**0.70** × Node (0.60 to 0.80)" in text
    assert "≤ 0.75 ✓<br>≤ 10 ✓" in text


def test_a_table_says_which_targets_are_missed(result):
    for _ in range(4):
        result.add("ours", 0, {"cpu": 12})
        result.add("node", 0, {"cpu": 12})
    assert "≤ 0.75 ✗<br>≤ 10 ✗" in table(WORK, result)


def test_a_server_that_failed_meets_nothing():
    assert "✓" not in table(WORK, Result("2026-11-23", "abc1234"))


def test_a_curve_is_flat_if_its_largest_figure_is_near_its_smallest():
    result = Result("2026-11-23", "abc1234")
    result.add("ours", 10, {"cpu": 10.0})
    result.add("ours", 100, {"cpu": 12.0})
    assert "1.2 largest ÷ smallest | ≤ 1.25 ✓" in table(CURVE, result)


def test_results_are_the_same_after_they_were_kept_in_a_file(result, tmp_path):
    save_results(tmp_path / "results.json", {"work": result})
    assert load_results(tmp_path / "results.json") == {"work": result}


def test_a_figure_without_a_target_is_compared_with_each_node():
    case = Case("bus", "A bus", ("ours", "node-redis", "node-sharded"), lambda *_: {}, (TIME,))
    result = Result("2026-11-23", "abc1234")
    for server, milliseconds in [("ours", 6.0), ("node-redis", 4.0), ("node-sharded", 8.0)]:
        result.add(server, 0, {"time": milliseconds})
    assert "**1.50** × Node, Redis<br>**0.75** × Node, sharded" in table(case, result)
