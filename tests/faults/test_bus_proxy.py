"""The proxy between a process and the bus breaks what it says, and nothing else."""

import contextlib
import random
import select
import socket
import time

import pytest
from valkey import Valkey as Client
from valkey.exceptions import ConnectionError  # noqa: A004

from tests.certificates import Certificate
from tests.faults.bus_proxy import BusProxy, at_random, split
from tests.faults.loop import Loop
from tests.waiting import wait_until

PROTOCOLS = pytest.mark.parametrize("protocol", [2, 3])
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
def connect(proxy):
    """Makes clients behind the proxy."""
    with contextlib.ExitStack() as clients:

        def make(**options):
            client = Client.from_url(proxy.url, socket_timeout=5, **options)
            return clients.enter_context(client)

        yield make


@pytest.fixture
def subscribe(valkey, connect):
    """Subscribes to channels behind the proxy."""

    def make(*channels, **options):
        subscriber = connect(**options).pubsub(ignore_subscribe_messages=True)
        subscriber.subscribe(*channels)
        wait_until(lambda: all(count for _, count in valkey.client.pubsub_numsub(*channels)))
        return subscriber

    return make


def received(subscriber, until):
    """The data that a subscriber gets, up to the given one, which is the last."""
    found = []
    while until not in found:
        message = subscriber.get_message(timeout=5)
        if message:
            found.append(message["data"])
    return found


@PROTOCOLS
def test_it_loses_the_publications_that_it_says_and_no_others(valkey, proxy, subscribe, protocol):
    subscriber = subscribe("a", "b", protocol=protocol)
    proxy.loses = lambda channel, data: channel == b"a" and data in {b"1", b"\r\n"}
    for data in ("0", "1", "2", "\r\n"):
        for channel in ("a", "b"):
            valkey.client.publish(channel, data)
    valkey.client.publish("b", "end")
    assert received(subscriber, b"end") == [b"0", b"0", b"1", b"2", b"2", b"\r\n", b"end"]
    assert proxy.lost == [(b"a", b"1"), (b"a", b"\r\n")]


def test_a_large_publication_is_lost_as_a_whole(valkey, proxy, subscribe):
    subscriber = subscribe("a")
    proxy.loses = lambda channel, data: data.startswith(b"large")
    valkey.client.publish("a", "large" * 100_000)
    valkey.client.publish("a", "end")
    assert received(subscriber, b"end") == [b"end"]
    assert [len(data) for _, data in proxy.lost] == [500_000]


def test_it_loses_a_share_at_random_and_knows_which(valkey, proxy, subscribe):
    subscriber = subscribe("a")
    proxy.loses = at_random(0.3, random.Random(7))
    sent = [b"%d" % number for number in range(1000)]
    for data in sent:
        valkey.client.publish("a", data)
    proxy.loses = lambda *_: False
    valkey.client.publish("a", "end")
    lost = {data for _, data in proxy.lost}
    assert received(subscriber, b"end") == [*(each for each in sent if each not in lost), b"end"]
    assert 250 < len(lost) < 350


def test_answers_are_not_lost(proxy, connect):
    proxy.loses = lambda *_: True
    client = connect()
    assert client.publish("a", "to nobody") == 0
    client.rpush("list", "message", "a")
    assert client.lrange("list", 0, -1) == [b"message", b"a"]
    assert proxy.lost == []


def test_a_cut_ends_connections_and_the_next_one_is_whole(loop, proxy):
    with connected(proxy) as connection:
        loop.call(proxy.cut)
        assert is_closed(connection)
    with connected(proxy) as connection:
        loop.call(proxy.refuse)
        assert is_closed(connection)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port))
    loop.run(proxy.listen())
    with connected(proxy):
        pass


@contextlib.contextmanager
def connected(proxy):
    with asking(proxy) as connection:
        assert connection.recv(7) == b"+PONG\r\n"
        yield connection


def asking(proxy):
    """A connection that has sent a ping."""
    connection = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
    connection.sendall(b"PING\r\n")
    return connection


def is_closed(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_what_is_held_back_arrives_late(loop, valkey, proxy, subscribe):
    subscriber = subscribe("a")
    loop.call(proxy.hold)
    assert valkey.client.publish("a", "late") == 1
    with asking(proxy) as new:
        assert subscriber.get_message(timeout=0.2) is None
        assert not select.select([new], [], [], 0)[0]
        loop.call(proxy.release)
        assert received(subscriber, b"late") == [b"late"]
        assert new.recv(7) == b"+PONG\r\n"


def test_a_delay_is_that_of_each_direction(proxy, connect):
    client = connect()
    client.ping()
    proxy.delay = 0.1
    began = time.monotonic()
    client.ping()
    assert time.monotonic() - began >= 0.2


def test_by_tls_it_loses_the_same(tmp_path, loop, valkey):
    certificate = Certificate(tmp_path)
    proxy = loop.run(BusProxy(valkey, certificate).listen())
    proxy.loses = lambda channel, data: data == b"lost"
    url, _, authority = proxy.url.partition("?ca=")
    with Client.from_url(url, ssl_ca_certs=authority) as client:
        subscriber = client.pubsub(ignore_subscribe_messages=True)
        subscriber.subscribe("a")
        wait_until(lambda: valkey.client.pubsub_numsub("a") == [(b"a", 1)])
        for data in ("lost", "end"):
            client.publish("a", data)
        assert received(subscriber, b"end") == [b"end"]
    with Client.from_url(url) as stranger, pytest.raises(ConnectionError, match="self"):
        stranger.ping()
    loop.call(proxy.refuse)


def test_every_value_of_the_protocol_is_found_however_the_data_is_cut():
    data = b"".join(raw for raw, _ in VALUES)
    assert split(data) == (VALUES, b"")
    for end in range(len(data)):
        values, rest = split(data[:end])
        assert values == VALUES[: len(values)]
        assert b"".join(raw for raw, _ in values) + rest == data[:end]
        assert split(rest + data[end:]) == (VALUES[len(values) :], b"")
