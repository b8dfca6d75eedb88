import pytest

from bench.slow_network import ROUND_TRIP, Line


def test_what_is_on_the_line_waits_for_what_came_before():
    line = Line(1000)
    assert line.arrival(100, now=0) == pytest.approx(0.1 + ROUND_TRIP / 2)
    assert line.arrival(100, now=0.05) == pytest.approx(0.2 + ROUND_TRIP / 2)
    assert line.arrival(100, now=5) == pytest.approx(5.1 + ROUND_TRIP / 2)
