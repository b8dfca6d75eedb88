"""The metrics in the text format of Prometheus.

Imported only where somebody reads them: the client of Prometheus takes half a megabyte.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family

from chat.histogram import Histogram
from chat.metric import Metric


class MetricsText:
    """Reads the metrics whenever it is called, and returns the text."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def __call__(self) -> bytes:
        """The text."""
        return generate_latest(self)

    def collect(self) -> Iterable[Family]:
        """The metrics as the client of Prometheus needs them."""
        return map(_family, self._metrics)


def _family(metric: Metric) -> Family:
    value = metric.read()
    if metric.kind == "histogram":
        return _histogram(metric, value)
    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    if not metric.label:
        return kind(metric.name, metric.meaning, value)
    family = kind(metric.name, metric.meaning, labels=[metric.label])
    for label, number in value.items():
        family.add_metric([label], number)
    return family


def _histogram(metric: Metric, histogram: Histogram) -> Family:
    bounds = [*map(str, histogram.bounds), "+Inf"]
    buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
    return HistogramMetricFamily(metric.name, metric.meaning, buckets, histogram.sum)
