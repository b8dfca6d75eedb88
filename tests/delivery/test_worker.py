import contextlib
import os
import signal
import time

import pytest
import socketio

from tests.delivery.servers import running
from tests.waiting import wait_until

TOY = "tests.delivery.toy:app"


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    with running(TOY, tmp_path_factory.mktemp("toy"), "--worker-connections", "50") as server:
        yield server


def test_it_serves_http(toy):
    assert toy.get("/") == "hello"


def test_one_connection_serves_several_requests(toy):
    connection = toy.connect_http()
    for _ in range(2):
        connection.request("POST", "/length", body=b"x" * 200_000)
        assert connection.getresponse().read() == b"200000"
    connection.close()


def test_a_slow_request_holds_up_nobody(toy):
    with toy.connect() as slow:
        slow.sendall(b"GET /slow?seconds=30 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert toy.get("/") == "hello"


def test_a_client_that_sends_half_a_request_is_dropped(toy):
    with toy.connect() as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHo")
        assert idle.recv(100) == b""


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
def test_stock_socketio_works_above_it(toy, transports):
    with socketio.SimpleClient() as client:
        client.connect(f"http://127.0.0.1:{toy.port}", transports=transports)
        assert client.call("echo", {"text": "é"}, timeout=5) == {"text": "é"}


def test_the_operator_sees_no_deprecation_warning(toy):
    toy.get("/")
    assert "eprecat" not in toy.output()


def test_it_survives_running_out_of_descriptors(tmp_path):
    with running(TOY, tmp_path) as server:
        assert server.get("/") == "hello"
        resource = pytest.importorskip("resource")
        resource.prlimit(server.worker_pid(), resource.RLIMIT_NOFILE, (40, 40))
        clients = [server.connect() for _ in range(60)]
        wait_until(lambda: "Can't accept connections" in server.output())
        for client in clients:
            client.close()
        assert server.get("/") == "hello"


def test_sigterm_drains_and_lets_requests_end(tmp_path):
    with running(TOY, tmp_path, "--graceful-timeout", "8") as server:
        client = socketio.SimpleClient()
        client.connect(f"http://127.0.0.1:{server.port}", transports=["websocket"])
        with server.connect() as slow:
            slow.sendall(b"GET /slow?seconds=2 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert server.get("/") == "hello"
            server.terminate()
            answer = b"".join(iter(lambda: slow.recv(1000), b""))
        wait_until(lambda: not client.connected)
        client.disconnect()
        assert b"done" in answer
        assert server.wait() == 0
        assert "draining, 6 s left" in server.output()
        assert "rror" not in server.output()


def test_a_stop_does_not_wait_for_connections_that_idle(tmp_path):
    with (
        running(TOY, tmp_path, "--keep-alive", "60", "--graceful-timeout", "60") as server,
        contextlib.closing(server.connect_http()) as browser,
    ):
        browser.request("GET", "/")
        assert browser.getresponse().read() == b"hello"
        server.terminate()
        assert server.wait() == 0


def test_after_sigterm_nobody_can_connect(tmp_path):
    with running(TOY, tmp_path) as server:
        with server.connect() as slow:
            slow.sendall(b"GET /slow?seconds=3 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert server.get("/") == "hello"
            server.terminate()
            wait_until(lambda: refused(server))
            assert server.process.poll() is None
        assert server.wait() == 0


def refused(server):
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("drain", ["hangs", "fails"])
def test_a_drain_that_goes_wrong_delays_the_stop_no_longer_than_allowed(tmp_path, drain):
    with running(TOY, tmp_path, "--graceful-timeout", "3", TOY_DRAIN=drain) as server:
        assert server.get("/") == "hello"
        started = time.monotonic()
        server.terminate()
        assert server.wait() == 0
        assert time.monotonic() - started < 3
        assert "SIGKILL" not in server.output()


def test_a_worker_that_dies_is_replaced(tmp_path):
    with running(TOY, tmp_path) as server:
        assert server.get("/") == "hello"
        first = server.worker_pid()
        with server.connect() as client:
            os.kill(first, signal.SIGKILL)
            assert client.recv(10) == b""
        assert server.get("/") == "hello"
        assert server.worker_pid() != first


def test_sigint_ends_it_at_once(tmp_path):
    with running(TOY, tmp_path) as server, server.connect() as slow:
        slow.sendall(b"GET /slow?seconds=30 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert server.get("/") == "hello"
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == 0


def test_it_ends_when_its_master_is_gone(tmp_path):
    with running(TOY, tmp_path) as server:
        assert server.get("/") == "hello"
        server.process.kill()
        server.wait()
        wait_until(lambda: refused(server))


def test_it_refuses_tls_in_clear_words(tmp_path):
    with running(TOY, tmp_path, "--certfile", __file__, "--keyfile", __file__) as server:
        assert server.wait() != 0
        assert "TLS ends at the load balancer" in server.output()
