"""SIGTERM: calls in flight are answered, clients are told, and the process ends in time."""

import json
import signal
import socket
import threading
import time

import pytest

from tests.chatters import chatting, sign_in
from tests.faults import dynamodb_proxy as faults
from tests.faults import troubles
from tests.faults.tcp_proxy import TcpProxy

SERVICE_RESTART = 1012  # WebSocket status code, of IANA's registry


def test_clients_are_told_when_to_come_back_and_why_they_are_closed(arena):
    arena.serve()
    clients = arena.crowd("Crowd", 40)
    assert arena.server.stop() == 0
    arena.until(lambda: all(client.close_codes for client in clients))
    assert {code for client in clients for code in client.close_codes} == {SERVICE_RESTART}
    told = [seconds for client in clients for seconds in client.told_to_go]
    assert len(told) == 40
    assert all(0 <= seconds <= 2 for seconds in told)
    assert len(set(told)) > 20, "they would reconnect at the same moment"


def test_a_planned_stop_under_load_loses_and_doubles_nothing(either):
    either.serve()
    either.admit("Ann", "Ben", "Cem", "Dora")
    for _ in range(3):
        either.chatter(60)
        either.until_more_are_acknowledged(10)
        assert either.server.stop() == 0
        either.chatter(10)
        either.server.start()
    either.assert_promises_held()


def test_calls_in_flight_are_answered_before_the_end(cloud):
    """The write is slow; the sender still gets its answer."""
    server = cloud.serve()
    with chatting(server.url, "Ann", "Ben") as (ann, ben):
        ann.join("general")
        ben.join("general")
        cloud.proxy.fault = faults.only("BatchWriteItem", faults.delayed(1.5))
        answers = []
        sender = threading.Thread(target=lambda: answers.append(ann.send("general", "just before")))
        sender.start()
        cloud.until(lambda: "BatchWriteItem" in cloud.proxy.calls)
        assert server.stop() == 0
        sender.join()
        assert answers[0]["ok"], "the message must be stored and acknowledged"
        assert ben.wait_for("message")["text"] == "just before"
        assert [event for event, _ in ben.received if event in {"message", "going_away"}] == [
            "message",
            "going_away",
        ]


@pytest.mark.parametrize("fault", [faults.swallowed, faults.failed()], ids=["silent", "failing"])
def test_a_stop_in_an_outage_is_over_in_time(cloud, fault):
    server = cloud.serve()
    (ann, ben) = cloud.admit("Ann", "Ben")
    cloud.proxy.fault = fault
    cloud.post(ann, "under way")
    cloud.post(ben, "under way, too")
    troubles.wait(0.5)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 12, "10 s, and 2 s for a busy machine"
    cloud.proxy.heal()
    server.start()
    cloud.assert_promises_held()


def test_a_locked_database_delays_a_stop_and_does_not_prevent_it(arena):
    server = arena.serve()
    (ann,) = arena.admit("Ann")
    with troubles.locked(arena.database):
        arena.post(ann, "waiting for the lock")
        troubles.wait(0.5)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 12, "10 s, and 2 s for a busy machine"
    server.start()
    arena.assert_promises_held()


def test_a_client_that_is_gone_without_a_word_delays_a_stop_little(arena):
    server = arena.serve()
    path = arena.loop.run(TcpProxy(server.port).listen())
    arena.proxies.append(path)
    arena.admit("Ann", "Ghost", port=path.port)
    arena.loop.call(path.sever)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 7, "the worker's deadline is 8.5 s"


def test_who_polls_is_told_when_to_come_back(arena):
    server = arena.serve()
    with (
        chatting(server.url, "Ann", transports=["polling"]) as ann,
        chatting(server.url, "Ben", transports=["polling"]) as ben,
    ):
        for person in (ann, ben):
            person.join("general")
        assert server.stop() == 0
        for person in (ann, ben):
            assert 0 <= person.wait_for("going_away")["reconnect_in_ms"] <= 2000


def test_who_polls_with_a_new_connection_each_time_is_told_the_end(arena):
    server = arena.serve()
    session = sign_in(server.url, "Ann")
    session.headers["Connection"] = "close"
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    url += "&sid=" + json.loads(session.get(url).text[1:])["sid"]
    session.post(url, data="40/rooms,")
    assert session.get(url).text.startswith("40/rooms,")
    server.process.send_signal(signal.SIGTERM)
    assert "going_away" in session.get(url).text
    assert session.get(url).status_code == 503
    assert server.process.wait(15) == 0


def test_who_stopped_polling_delays_a_stop_little(arena):
    server = arena.serve()
    session = sign_in(server.url, "Ann")
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    url += "&sid=" + json.loads(session.get(url).text[1:])["sid"]
    session.post(url, data="40/rooms,")
    assert session.get(url).text.startswith("40/rooms,")
    with socket.create_connection(("127.0.0.1", server.port)) as frozen:
        frozen.sendall(f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        troubles.wait(0.5)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 7, "the worker's deadline is 8.5 s"


def test_after_sigterm_nobody_new_gets_in(cloud):
    server = cloud.serve()
    (ann,) = cloud.admit("Ann")
    ben = sign_in(server.url, "Ben")
    cloud.proxy.fault = faults.only("BatchWriteItem", faults.delayed(1.5))
    cloud.post(ann, "under way")
    cloud.until(lambda: "BatchWriteItem" in cloud.proxy.calls)
    server.process.send_signal(signal.SIGTERM)
    troubles.until(lambda: refuses(server, ben), 5)
    assert ann.wire, "she is still there while her message is stored"
    cloud.proxy.heal()
    assert server.process.wait(15) == 0


def refuses(server, newcomer):
    handshake = newcomer.get(f"{server.url}/socket.io/?EIO=4&transport=polling")
    return handshake.status_code == newcomer.get(f"{server.url}/readyz").status_code == 503
