"""The address on which Prometheus reads the metrics, under gunicorn and `flask run`."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from chat.process.metrics_port import LONGEST, MOST, PAUSE, MetricsPort
from tests.chatters import Chatter, chatting
from tests.delivery.client import Client
from tests.servers import FLASK_RUN, ROOT, ChatServer, free_port, serving
from tests.waiting import wait_until

GUNICORN_WITH_ITS_FILE = (sys.executable, "-m", "gunicorn")
CONNECTIONS = ("cloud_chat_connections",)


def lines(server):
    """The lines of the log that have metrics."""
    complete = server.output().splitlines()[:-1]
    return [json.loads(line) for line in complete if '"_aws"' in line]


def connections_by_line(server):
    return [line[CONNECTIONS[0]] for line in lines(server)]


class Metrics:
    """The port of a server, and what is to be read there."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}/metrics"

    def read(self):
        """Numbers by name, and by label if there is one."""
        answer = requests.get(self.url, timeout=10)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@contextlib.contextmanager
def measured(folder, command=GUNICORN_WITH_ITS_FILE, **settings):
    port = free_port()
    with serving(folder, command, metrics=f"127.0.0.1:{port}", **settings) as server:
        yield server, Metrics(port)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    with measured(tmp_path_factory.mktemp("server"), metrics_log=1, send_rate=2) as both:
        yield both


@pytest.fixture
def server(both):
    return both[0]


@pytest.fixture
def metrics(both):
    return both[1]


def test_the_figures_are_right_while_people_talk(server, metrics):
    before = metrics.read()
    with chatting(server.url, None, None) as (ann, bob):
        again = Chatter(server.url, session=ann.session)
        for chatter in (ann, bob):
            chatter.join("general")
            chatter.say("general", "hello")
        ann.say("general", "and again")
        assert ann.send("general", "too fast")["error"]["code"] == "rate_limited"
        during = metrics.read()
        again.close()
    added = {key: during[key] - before[key] for key in before}
    assert added[CONNECTIONS] == 3
    assert added["cloud_chat_people",] == 2
    assert added["cloud_chat_messages_stored_total",] == 3
    assert added["cloud_chat_store_seconds_count",] == 3
    assert 0 < added["cloud_chat_store_seconds_sum",] < 60
    assert added["cloud_chat_refusals_total", "rate_limited"] == 1
    assert added["cloud_chat_refusals_total", "unknown_room"] == 0
    assert added["cloud_chat_store_failures_total",] == 0
    assert added["cloud_chat_gaps_mended_total",] == 0
    assert during["cloud_chat_messages_waiting",] == 0
    wait_until(lambda: metrics.read()[CONNECTIONS] == before[CONNECTIONS])


def test_the_log_has_the_same_figures(server):
    with chatting(server.url, None):
        wait_until(lambda: 1 in connections_by_line(server))
    for line in lines(server):
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        for told in directive["Metrics"]:
            assert isinstance(line[told["Name"]], int | float | list)


def test_the_public_port_has_none_of_it(server, metrics):
    assert requests.get(f"{server.url}/metrics", timeout=10).status_code == 404
    assert requests.get(f"http://127.0.0.1:{metrics.port}/", timeout=10).status_code == 404
    assert requests.post(metrics.url, timeout=10).status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00" + bytes(range(256)),  # TLS
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n",  # and no end
        b"GET /metrics\r\n\r\n",
        b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 10 * LONGEST,
        b"POST /metrics HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * LONGEST,
    ],
)
def test_who_says_something_else_harms_nobody(server, metrics, said):
    with metrics.connect() as stranger, contextlib.suppress(ConnectionError):
        stranger.sendall(said)
        answer = stranger.recv(100)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 404 ")
    metrics.read()


def test_a_thousand_connections_harm_nobody(server, metrics):
    files = ("process_open_fds",)
    before = metrics.read()[files]
    with contextlib.ExitStack() as stack, chatting(server.url, None) as ann:
        ann.join("general")
        # The kernel keeps a few, and refuses the others.
        for _ in range(1000):
            stranger = stack.enter_context(socket.socket())
            stranger.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                stranger.connect(("127.0.0.1", metrics.port))
        ann.say("general", "I am still here")
        assert metrics.read()[files] < before + MOST + 10  # a few are Ann's
    wait_until(lambda: metrics.read()[files] < before + 10)


def test_a_new_worker_serves_them_beside_the_one_before(tmp_path):
    """After the signal HUP both run for a moment."""
    with measured(tmp_path) as (server, metrics):
        master = server.process.pid
        before = int(Path(f"/proc/{master}/task/{master}/children").read_text())
        os.kill(before, signal.SIGSTOP)
        server.process.send_signal(signal.SIGHUP)
        wait_until(server._is_ready, what="the new worker")
        os.kill(before, signal.SIGCONT)
        wait_until(lambda: "Worker exiting" in server.output())
        metrics.read()
    assert not re.search("can't start|failed to drain", server.output())


def test_the_address_is_free_at_once_for_the_next_process(tmp_path):
    with measured(tmp_path) as (server, metrics), Client(server) as silent:
        silent.open()  # and it will not answer the close
        server.process.kill()
        server.process.wait()
        server.launch()
        wait_until(lambda: server.output().count("Listening at") == 2, 20, "the second start")
        wait_until(server._is_ready, 20, "readiness")
        metrics.read()


def test_a_command_needs_no_address(server, tmp_path):
    command = (sys.executable, "-m", "flask", "--app", "wsgi", "backup", str(tmp_path / "backup"))
    subprocess.run(command, cwd=ROOT, env=server._environment, check=True, timeout=30)


@pytest.mark.parametrize("debug", [(), ("--debug",)])
def test_flask_run_serves_them_too(tmp_path, debug):
    with measured(tmp_path, (*FLASK_RUN, *debug)) as (server, metrics):
        with chatting(server.url, None):
            assert metrics.read()[CONNECTIONS] == 1
        with metrics.connect() as stranger:
            stranger.sendall(b"x")
            metrics.read()


def test_only_the_process_that_serves_logs_them(tmp_path):
    with (
        serving(tmp_path, (*FLASK_RUN, "--debug"), metrics_log=1) as server,
        chatting(server.url, None),
    ):
        wait_until(lambda: connections_by_line(server).count(1) > 2)
        since = connections_by_line(server).index(1)
        assert 0 not in connections_by_line(server)[since:]


@pytest.mark.parametrize("command", [GUNICORN_WITH_ITS_FILE, FLASK_RUN, (*FLASK_RUN, "--debug")])
def test_an_address_in_use_stops_the_start(tmp_path, command):
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        server = ChatServer(tmp_path, command, metrics=f"127.0.0.1:{port}")
        assert f"CHAT_METRICS: {port} is in use; end what serves there" in server.refusal()


def test_the_address_of_the_chat_itself_stops_the_start(tmp_path):
    server = ChatServer(tmp_path, GUNICORN_WITH_ITS_FILE)
    server._environment["CHAT_METRICS"] = f":{server.port}"
    assert f"CHAT_METRICS: {server.port} is in use" in server.refusal()


def test_an_address_of_another_machine_stops_the_start(tmp_path):
    server = ChatServer(tmp_path, GUNICORN_WITH_ITS_FILE, metrics="192.0.2.1:9100")
    line = "CHAT_METRICS: can't serve on 192.0.2.1 (Cannot assign requested address); 0.0.0.0 is"
    assert line in server.refusal()


def answer(text=lambda: b"", clock=lambda: 0, said=b"GET /metrics HTTP/1.1\r\n\r\n"):
    """What somebody gets who says something; the clock is that of the port."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(said)
        port = MetricsPort(None, text, None, None, clock)
        port._open[ours] = None
        port._answer(ours)
        assert not port._open
        with contextlib.suppress(ConnectionResetError):
            return theirs.recv(1000)
    return b""


def test_metrics_that_can_not_be_read_are_an_error_with_a_line(caplog):
    def fail():
        raise KeyError("secret detail")

    said = answer(fail)
    assert said.startswith(b"HTTP/1.1 500 ")
    assert b"secret" not in said
    assert [record.getMessage() for record in caplog.records] == ["The metrics could not be read"]


def test_a_request_has_a_time_limit_in_all():
    times = iter((0, 1.9, 3))
    assert answer(clock=lambda: next(times), said=b"GET /me") == b""
    assert next(times, None) is None


def test_a_request_has_a_limit_of_its_length():
    begin, end = b"GET /metrics HTTP/1.1\r\nX: ", b"\r\n\r\n"
    longest = b"x" * (LONGEST - len(begin + end))
    assert answer(said=begin + longest + end).startswith(b"HTTP/1.1 200 ")
    assert answer(said=begin + longest + b"x" + end) == b""


def test_few_connections_are_accepted_in_a_second_and_none_is_the_last():
    results = [OSError("no file is left"), "a client", "a client"]
    pauses = []

    class Listener:
        def accept(self):
            if not results:
                port.close()
                raise OSError("closed")
            result = results.pop(0)
            if isinstance(result, OSError):
                raise result
            return result, None

        def shutdown(self, _how):
            pass

        def close(self):
            pauses.append("closed")

    port = MetricsPort(Listener(), None, lambda *_: None, pauses.append)
    port.serve()
    assert pauses == [1, PAUSE, PAUSE, "closed"]


def test_a_request_may_have_a_query_and_headers():
    said = b"GET /metrics?name=x HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
    assert answer(lambda: b"all", said=said).endswith(b"\r\n\r\nall")
