import contextlib
import json
import os
import select
import signal
import socket
import time

import pytest
import socketio

from chat.delivery.unfinished import MOST_OF_ONE
from chat.delivery.worker import KERNEL_RECEIVES, KERNEL_SENDS
from tests.delivery.servers import running
from tests.waiting import PATIENCE, wait_until

TOY = "tests.delivery.toy:app"
LONG = 8_000_000  # bytes of the long answer


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


HEAD = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("begun", [HEAD, HEAD + b"x" * 99, CHUNKED, CHUNKED + b"5\r\nxx"])
def test_a_body_that_does_not_arrive_in_time_ends_the_connection(tmp_path, begun):
    with running(TOY, tmp_path, BODY_WITHIN="1") as server, server.connect() as slow:
        slow.sendall(begun)
        answer = b"".join(iter(lambda: slow.recv(1000), b""))
        assert b" 200 " not in answer
        assert server.get("/") == "hello"
        assert "Traceback" not in server.output()


def test_a_body_that_trickles_gains_nothing(tmp_path):
    with running(TOY, tmp_path, BODY_WITHIN="2") as server, server.connect() as slow:
        slow.sendall(HEAD.replace(b"100", b"1000000"))
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                slow.sendall(b"x")
                time.sleep(0.1)
            pytest.fail("the connection is still open")


def test_a_long_body_that_nobody_wants_ends_the_connection(toy):
    with toy.connect() as client:
        client.sendall(b"POST /ignored HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(1000), b""))
        assert b"not interested" in answer


def test_after_a_short_body_that_nobody_wants_the_connection_goes_on(toy):
    connection = toy.connect_http()
    for _ in range(2):
        connection.request("POST", "/ignored", body=b"x" * 1000)
        assert connection.getresponse().read() == b"not interested"
    connection.close()


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nHo", HEAD + b"x"])
def test_who_leaves_requests_unfinished_makes_room_for_others(tmp_path, begun):
    with (
        running(TOY, tmp_path, "--keep-alive", "60", BODY_WITHIN="60") as server,
        contextlib.ExitStack() as stack,
    ):
        slow = [stack.enter_context(server.connect()) for _ in range(MOST_OF_ONE + 20)]
        for each in slow:
            each.sendall(begun)
        wait_until(lambda: len(ended(slow)) == 20)
        assert server.get("/") == "hello"
        wait_until(lambda: len(ended(slow)) == 21)
        assert not any(b" 200 " in each.recv(1000) for each in ended(slow))


def ended(connections):
    """Those on which the server has sent data, or that it has closed."""
    return select.select(connections, [], [], 0)[0]


def test_who_does_not_take_an_answer_makes_room_for_others(tmp_path):
    with running(TOY, tmp_path) as server, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(slow_reader(server)) for _ in range(MOST_OF_ONE + 20)]
        for each in slow:
            each.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        wait_until(lambda: len(ended(slow)) == len(slow))  # each answer has begun
        assert server.get("/") == "hello"
        assert any(taken(each) < LONG for each in slow)


def slow_reader(server):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", server.port))
    return client


def taken(connection):
    size = 0
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(1 << 20):
            size += len(data)
    return size


def test_the_kernel_keeps_little_of_a_connection(toy):
    assert toy.get("/") == "hello", "the first connection may have come before the worker"
    receives, sends = json.loads(toy.get("/buffers"))
    assert receives <= 2 * KERNEL_RECEIVES
    assert sends <= 2 * KERNEL_SENDS


def test_many_requests_at_once_leave_others_served(toy):
    """The hub is blocked until both have sent."""
    with toy.connect() as holder, toy.connect() as flood, toy.connect() as other:
        holder.sendall(b"GET /hold-the-hub?seconds=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)  # until it is blocked; if it isn't yet, the test is weaker but passes
        flood.sendall(b"GET /count HTTP/1.1\r\nHost: x\r\n\r\n" * 150)
        other.sendall(b"GET /count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: other.recv(1000), b""))
        assert int(answer.rpartition(b"\r\n")[2]) < 100


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


def test_a_stop_does_not_wait_for_connections_whose_last_request_has_been_answered(tmp_path):
    with (
        running(TOY, tmp_path, "--keep-alive", "60", "--graceful-timeout", "60") as server,
        contextlib.closing(server.connect_http()) as browser,
    ):
        browser.request("GET", "/slow?seconds=2")
        wait_until(lambda: server.get("/") == "hello")
        server.terminate()
        assert browser.getresponse().read() == b"done"
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
