"""The Valkey server of the tests does what tests of the bus rely on."""

import pytest
from valkey import Valkey as Client
from valkey.exceptions import AuthenticationError, ConnectionError, TimeoutError  # noqa: A004

from tests.valkeys import SECRETS, Valkey
from tests.waiting import wait_until

ALONE = {"password": SECRETS["password"]}


def test_it_is_empty_after_it_was_killed(valkey):
    valkey.client.set("kept", "no")
    valkey.kill()
    with pytest.raises(ConnectionError):
        valkey.client.ping()
    valkey.start()
    assert valkey.client.dbsize() == 0


def test_while_it_is_frozen_it_takes_and_answers_nothing(valkey):
    with Client.from_url(valkey.url, socket_timeout=0.2) as client:
        assert client.ping()
        valkey.freeze()
        with pytest.raises(TimeoutError):
            client.set("late", "yes")
        valkey.thaw()
        wait_until(lambda: valkey.client.get("late"), what="what was sent meanwhile")


@pytest.mark.parametrize("secrets", [SECRETS, ALONE], ids=["user", "password"])
def test_only_who_knows_the_secrets_gets_in(tmp_path, secrets):
    valkey = Valkey(tmp_path, **secrets).start()
    try:
        with Client.from_url(valkey.url) as insider, Client(port=valkey.port) as outsider:
            assert insider.ping()
            with pytest.raises(AuthenticationError):
                outsider.ping()
    finally:
        valkey.kill()


def test_a_subscriber_that_reads_nothing_is_disconnected_at_the_limit(valkey):
    valkey.limit_output(100_000)
    with Client.from_url(valkey.url) as client, client.pubsub() as slow:
        slow.subscribe("room")
        large = "x" * 100_000  # the kernel takes some of them
        wait_until(lambda: valkey.client.publish("room", large) == 1, what="the subscription")
        wait_until(lambda: valkey.client.publish("room", large) == 0, what="the end of it")
