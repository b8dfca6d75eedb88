"""The proxy between a process and the bus breaks what it says, and nothing else."""

import contextlib
import random
import ssl
import time

import pytest

from tests.certificates import Certificate
from tests.faults.bus_proxy import BusProxy, at_random, split
from tests.faults.loop import Loop

VALUES = [
    (b"+OK\r\n", b"OK"),
    (b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$4\r\n\r\n\r\n\r\n", [b"message", b"a", b"\r\n\r\n"]),
    (b"%1\r\n$1\r\nk\r\n*-1\r\n", [b"k", []]),
    (b"$-1\r\n", b"-1"),
    (b":7\r\n", b"7"),
]


@pytest.fixture
def loop():
    with contextlib.closing(Loop()) as loop:
        yield loop


@pytest.fixture
def proxy(loop, valkey):
    proxy = loop.run(BusProxy(valkey).listen())
    yield proxy
    loop.call(proxy.refuse)


@pytest.fixture
def process(proxy, valkey):
    """A connection through the proxy."""
    with valkey.connect(proxy.port) as connection:
        yield connection


@pytest.mark.parametrize("protocol", [2, 3])
def test_it_loses_the_publications_that_it_says_and_no_others(valkey, proxy, process, protocol):
    process.ask("HELLO", protocol)
    process.subscribe("a", "b")
    proxy.loses = lambda channel, data: channel == b"a" and data in {b"1", b"\r\n"}
    for data in ("0", "1", "2", "\r\n"):
        for channel in ("a", "b"):
            valkey.publish(channel, data)
    valkey.publish("b", "end")
    assert process.data_up_to(b"end") == [b"0", b"0", b"1", b"2", b"2", b"\r\n", b"end"]
    assert proxy.lost == [(b"a", b"1"), (b"a", b"\r\n")]


def test_a_large_publication_is_lost_as_a_whole(valkey, proxy, process):
    process.subscribe("a")
    proxy.loses = lambda channel, data: data.startswith(b"large")
    valkey.publish("a", "large" * 100_000)
    valkey.publish("a", "end")
    assert process.data_up_to(b"end") == [b"end"]
    assert [len(data) for _, data in proxy.lost] == [500_000]


def test_it_loses_a_share_at_random_and_knows_which(valkey, proxy, process):
    process.subscribe("a")
    chance = at_random(0.3, random.Random(7))
    proxy.loses = lambda channel, data: data != b"end" and chance(channel, data)
    sent = [b"%d" % number for number in range(1000)]
    with valkey.connect() as publisher:
        for data in (*sent, b"end"):
            publisher.ask("PUBLISH", "a", data)
    arrived = process.data_up_to(b"end")
    lost = {data for _, data in proxy.lost}
    assert arrived == [*(each for each in sent if each not in lost), b"end"]
    assert 250 < len(lost) < 350


def test_answers_are_not_lost(proxy, process):
    proxy.loses = lambda *_: True
    assert process.ask("PUBLISH", "a", "to nobody") == 0
    process.ask("RPUSH", "list", "message", "a")
    assert process.ask("LRANGE", "list", "0", "-1") == [b"message", b"a"]
    assert proxy.lost == []


def test_a_cut_ends_connections_and_the_next_one_is_whole(loop, valkey, proxy, process):
    assert process.ask("PING") == b"PONG"
    loop.call(proxy.cut)
    with pytest.raises(ConnectionError):
        process.ask("PING")
    with valkey.connect(proxy.port) as second:
        assert second.ask("PING") == b"PONG"
        loop.call(proxy.refuse)
        with pytest.raises(ConnectionError):
            second.ask("PING")
    with pytest.raises(ConnectionRefusedError):
        valkey.connect(proxy.port)
    loop.run(proxy.listen())
    with valkey.connect(proxy.port) as third:
        assert third.ask("PING") == b"PONG"


def test_what_is_held_back_arrives_late(loop, valkey, proxy, process):
    process.subscribe("a")
    loop.call(proxy.hold)
    assert valkey.publish("a", "late") == 1
    with valkey.connect(proxy.port) as new:
        new.send("PING")
        for connection in (process, new):
            with pytest.raises(TimeoutError):
                connection.receive(0.2)
        loop.call(proxy.release)
        assert process.data_up_to(b"late") == [b"late"]
        assert new.receive() == b"PONG"


def test_a_delay_is_that_of_each_direction(proxy, process):
    proxy.delay = 0.1
    began = time.monotonic()
    process.ask("PING")
    assert time.monotonic() - began >= 0.2


def test_by_tls_it_loses_the_same(tmp_path, loop, valkey):
    certificate = Certificate(tmp_path)
    proxy = loop.run(BusProxy(valkey, certificate).listen())
    proxy.loses = lambda channel, data: data == b"lost"
    who_trusts_it = ssl.create_default_context(cafile=certificate.path)
    assert proxy.url.endswith(f":{proxy.port}/0?ca={certificate.path}")
    with valkey.connect(proxy.port, tls=who_trusts_it) as process:
        process.subscribe("a")
        for data in ("lost", "end"):
            valkey.publish("a", data)
        assert process.data_up_to(b"end") == [b"end"]
    with pytest.raises(ssl.SSLCertVerificationError):
        valkey.connect(proxy.port, tls=ssl.create_default_context())
    loop.call(proxy.refuse)


def test_every_value_of_the_protocol_is_found_however_the_data_is_cut():
    data = b"".join(raw for raw, _ in VALUES)
    assert split(data) == (VALUES, b"")
    for end in range(len(data)):
        values, rest = split(data[:end])
        assert values == VALUES[: len(values)]
        assert b"".join(raw for raw, _ in values) + rest == data[:end]
        assert split(rest + data[end:]) == (VALUES[len(values) :], b"")
