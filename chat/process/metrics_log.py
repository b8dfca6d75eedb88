"""Writes the metrics into the log, in the form from which CloudWatch makes metrics by itself.

The form is the Embedded Metric Format: a line is an object, and its member `_aws` says which other
members are metrics. See "Specification: Embedded metric format" in the user guide of CloudWatch.
"""

import logging
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from chat.histogram import Histogram
from chat.metric import Metric

log = logging.getLogger(__name__)

# There are no dimensions: each value of one would be a metric that is paid for, and CloudWatch adds
# up, or averages, what several containers say.
DIMENSIONS: list[list[str]] = [[]]

MOST_VALUES = 100  # of one metric in one line; a limit of the format

UNITS = {"bytes": "Bytes", "seconds": "Seconds"}  # by the end of the name


class MetricsLog:
    """Logs the metrics at regular intervals; counters as what was added since the line before.

    Args:
        metrics: What to log.
        namespace: What CloudWatch calls them together.
        seconds: From one line to the next.
        sleep: Waits for seconds.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        metrics: Sequence[Metric],
        namespace: str,
        seconds: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._metrics = metrics
        self._namespace = namespace
        self._seconds = seconds
        self._sleep = sleep
        self._clock = clock
        self._before: dict[str, Any] = {}  # the counters in the line before, by name

    def run(self) -> None:
        """Log until the process ends."""
        while True:
            self._sleep(self._seconds)
            try:
                log.info("Metrics", extra={"fields": self.document()})
            except Exception:
                log.exception("The metrics could not be read")

    def document(self) -> dict[str, Any]:
        """The members of the next line."""
        values = {metric.name: self._value(metric) for metric in self._metrics}
        values = {name: value for name, value in values.items() if value != []}
        directive = {
            "Namespace": self._namespace,
            "Dimensions": DIMENSIONS,
            "Metrics": [{"Name": name, "Unit": _unit(name)} for name in values],
        }
        timestamp = round(self._clock() * 1000)
        return {"_aws": {"Timestamp": timestamp, "CloudWatchMetrics": [directive]}, **values}

    def _value(self, metric: Metric) -> float | list[float]:
        value: Any = metric.read()
        if metric.kind == "histogram":
            return self._sample(metric.name, value)
        total: float = sum(value.values()) if metric.label else value
        if metric.kind == "gauge":
            return total
        before: float = self._before.get(metric.name, 0)
        self._before[metric.name] = total
        return total - before

    def _sample(self, name: str, histogram: Histogram) -> list[float]:
        """Up to MOST_VALUES of the new values, the highest among them, each as its upper bound."""
        counts = list(histogram.counts)
        before, self._before[name] = self._before.get(name, [0] * len(counts)), counts
        ends = list(accumulate(now - then for now, then in zip(counts, before, strict=True)))
        taken = min(ends[-1], MOST_VALUES)
        ranges = [bisect_right(ends, ends[-1] * n // taken - 1) for n in range(1, taken + 1)]
        return [histogram.bounds[min(each, len(histogram.bounds) - 1)] for each in ranges]


def _unit(name: str) -> str:
    return UNITS.get(name.removesuffix("_total").rpartition("_")[2], "Count")
