"""What a metric is: a number that those who watch over the chat can read."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple


class Metric(NamedTuple):
    """A metric: its name by the conventions of Prometheus, and how it is read.

    It is read when somebody asks for it, from an object that exists anyway, so it costs nothing
    until then. `read` returns a number, or a Histogram. If the metric has a label, it returns a
    dictionary from the values of the label to numbers. A label has few values, which no client can
    choose; a name, a text or an id of a person is in none.
    """

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    meaning: str
    read: Callable[[], Any]
    label: str = ""
