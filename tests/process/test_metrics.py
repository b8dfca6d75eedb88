"""The metrics: what is told, in the form of Prometheus and in that of CloudWatch."""

import json
import logging
import re
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chat.errors import ChatError
from chat.histogram import Histogram
from chat.metric import Metric
from chat.process import logs
from chat.process.metrics import metrics_of_chat, metrics_of_process
from chat.process.metrics_log import MOST_VALUES, MetricsLog
from chat.process.metrics_text import MetricsText
from tests.servers import ROOT, free_port


@pytest.fixture(autouse=True)
def _restored_root():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


class Parts:
    """What the metrics of the chat are read from."""

    def __init__(self):
        self.waits = Histogram((0.1, 1.0))
        self.failures, self.waiting, self.slow_clients = 2, 3, 4
        self.found_by_reading = 8
        self.refusals = Counter(rate_limited=5)
        self.connections = type("Connections", (), {"people": 6, "__len__": lambda _: 7})()

    def subscribe(self, subscriber):
        self.tell = subscriber


@pytest.fixture
def parts():
    return Parts()


@pytest.fixture
def metrics(parts):
    typing = SimpleNamespace(refusals=Counter(rate_limited=1, unauthorized=1))
    return metrics_of_chat(parts, parts, parts, typing, parts) + metrics_of_process()


@pytest.fixture
def read(metrics):
    """Reads a metric by its name."""
    return lambda name: next(each.read() for each in metrics if each.name == name)


def samples(metrics):
    """What Prometheus understands: numbers by name, and by label if there is one."""
    text = MetricsText(metrics)().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_prometheus_reads_what_the_parts_know(parts, metrics):
    for seconds in (0.1, 0.5, 7):
        parts.waits.add(seconds)
    parts.tell("a message")
    told = samples(metrics)
    assert told["cloud_chat_connections",] == 7
    assert told["cloud_chat_people",] == 6
    assert told["cloud_chat_messages_stored_total",] == 1
    assert told["cloud_chat_store_failures_total",] == 2
    assert told["cloud_chat_messages_waiting",] == 3
    assert told["cloud_chat_gaps_mended_total",] == 8
    assert told["cloud_chat_slow_clients_dropped_total",] == 4
    assert told["cloud_chat_refusals_total", "rate_limited"] == 6
    assert told["cloud_chat_refusals_total", "unauthorized"] == 1
    assert told["cloud_chat_refusals_total", "conflict"] == 0
    assert told["cloud_chat_store_seconds_bucket", "0.1"] == 1
    assert told["cloud_chat_store_seconds_bucket", "1.0"] == 2
    assert told["cloud_chat_store_seconds_bucket", "+Inf"] == 3
    assert told["cloud_chat_store_seconds_count",] == 3
    assert told["cloud_chat_store_seconds_sum",] == 7.6
    assert 10e6 < told["process_resident_memory_bytes",] < 10e9
    assert 0 < told["process_cpu_seconds_total",] < 10_000


def test_the_open_files_are_counted(read):
    before = read("process_open_fds")
    with open("/dev/null"), open("/dev/null"):  # noqa: PTH123
        assert read("process_open_fds") == before + 2


def test_the_open_files_are_counted_where_the_kernel_does_not_say(read, monkeypatch):
    said = read("process_open_fds")
    folder = SimpleNamespace(
        stat=lambda: SimpleNamespace(st_size=0), iterdir=lambda: iter(range(said))
    )
    monkeypatch.setattr("chat.process.metrics.OPEN_FILES", folder)
    assert read("process_open_fds") == said


def test_errors_in_the_log_are_counted_and_warnings_are_not(read):
    logger = logging.getLogger("chat.x")
    before = read("cloud_chat_errors_logged_total")
    logger.warning("slow")
    logger.error("wrong")
    logger.critical("very wrong")
    assert read("cloud_chat_errors_logged_total") == before + 2


def test_names_follow_the_conventions_and_labels_have_few_values(metrics):
    assert len({metric.name for metric in metrics}) == len(metrics)
    codes = {error.code for error in ChatError.__subclasses__()}
    for metric in metrics:
        assert re.fullmatch(r"(cloud_chat|process)(_[a-z]+)+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert metric.meaning.endswith(".")
        assert not metric.label or metric.read().keys() == codes


def test_the_operators_page_explains_every_metric(metrics):
    page = (ROOT / "docs/operate.md").read_text()
    assert not [each.name for each in metrics if f"| `{each.name}` |" not in page]


def log_of(*metrics):
    return MetricsLog(
        metrics, "CloudChat/team", 60, lambda _seconds: None, lambda: 1_790_000_000.1234
    )


def test_cloudwatch_gets_a_line_in_its_format():
    document = log_of(
        Metric("gauge", "cloud_chat_people", "People.", lambda: 3),
        Metric("gauge", "some_memory_bytes", "Memory.", lambda: 4096),
        Metric("counter", "some_cpu_seconds_total", "Time.", lambda: 1.5),
    ).document()
    assert document == {
        "_aws": {
            "Timestamp": 1_790_000_000_123,
            "CloudWatchMetrics": [
                {
                    "Namespace": "CloudChat/team",
                    "Dimensions": [[]],
                    "Metrics": [
                        {"Name": "cloud_chat_people", "Unit": "Count"},
                        {"Name": "some_memory_bytes", "Unit": "Bytes"},
                        {"Name": "some_cpu_seconds_total", "Unit": "Seconds"},
                    ],
                }
            ],
        },
        "cloud_chat_people": 3,
        "some_memory_bytes": 4096,
        "some_cpu_seconds_total": 1.5,
    }


def test_a_line_has_what_was_added_to_counters_since_the_line_before():
    counts = Counter(a=2, b=3)
    lines = log_of(
        Metric("counter", "all_total", "All.", counts.total),
        Metric("counter", "each_total", "Each.", lambda: counts, "code"),
    )
    first = lines.document()
    assert (first["all_total"], first["each_total"]) == (5, 5)
    counts["a"] += 10
    second = lines.document()
    assert (second["all_total"], second["each_total"]) == (10, 10)


def test_a_line_has_the_new_values_of_a_histogram_and_none_without_any():
    histogram = Histogram((0.1, 1.0, 5.0))
    lines = log_of(Metric("histogram", "wait_seconds", "Waits.", lambda: histogram))
    for seconds in (0.05, 0.1, 3, 20):
        histogram.add(seconds)
    document = lines.document()
    assert document["wait_seconds"] == [0.1, 0.1, 5.0, 5.0]
    histogram.add(0.7)
    assert lines.document()["wait_seconds"] == [1.0]
    document = lines.document()
    assert "wait_seconds" not in document
    assert document["_aws"]["CloudWatchMetrics"][0]["Metrics"] == []


def test_of_many_values_a_line_has_a_fair_sample_with_the_highest():
    histogram = Histogram((0.1, 1.0, 5.0))
    lines = log_of(Metric("histogram", "wait_seconds", "Waits.", lambda: histogram))
    for number in range(1001):
        histogram.add(0.05 if number < 500 else 0.5 if number < 1000 else 3)
    sample = lines.document()["wait_seconds"]
    assert len(sample) == MOST_VALUES
    assert sample == [0.1] * 50 + [1.0] * 49 + [5.0]


def test_it_logs_on_after_a_metric_that_can_not_be_read(capsys):
    logs.set_up()
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) > 2:
            raise SystemExit

    results = [ZeroDivisionError(), 7]

    def read():
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    with pytest.raises(SystemExit):
        MetricsLog([Metric("gauge", "some", "Some.", read)], "CloudChat", 60, sleep).run()
    failure, line = map(json.loads, capsys.readouterr().err.splitlines())
    assert (failure["level"], failure["message"]) == ("error", "The metrics could not be read")
    assert (line["level"], line["message"], line["some"]) == ("info", "Metrics", 7)
    assert line["_aws"]["CloudWatchMetrics"]
    assert pauses == [60, 60, 60]


@pytest.mark.parametrize(
    ("settings", "is_loaded", "handlers"),
    [({}, False, 1), ({"metrics_log": 60}, False, 2), ({"metrics": "127.0.0.1:{}"}, True, 2)],
)
def test_without_the_settings_nothing_of_it_runs(tmp_path, settings, is_loaded, handlers):
    port = free_port()
    settings = {
        "history": f"sqlite:///{tmp_path}/chat.db",
        **{name: str(value).format(port) for name, value in settings.items()},
    }
    code = (
        "import logging, sys, threading\n"
        "from chat import create_app\n"
        "from chat.process import logs\n"
        "from chat.settings import Settings\n"
        "logs.set_up()\n"
        f"create_app(Settings(**{settings}))\n"
        f"assert ('prometheus_client' in sys.modules) is {is_loaded}\n"
        f"assert len(logging.getLogger().handlers) == {handlers}\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=30)
