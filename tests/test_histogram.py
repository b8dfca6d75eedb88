"""The counts of values by range."""

from chat.histogram import Histogram


def test_a_value_is_counted_in_its_range_and_in_the_sum():
    histogram = Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 1.0, 1.5, 7):
        histogram.add(value)
    assert histogram.counts == [2, 2, 2]
    assert histogram.sum == 10.15
