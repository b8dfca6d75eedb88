"""The Valkey server of the tests does what tests of the bus rely on."""

import libvalkey
import pytest

from tests.valkeys import SECRETS, Connection, Valkey
from tests.waiting import wait_until

ALONE = {"password": SECRETS["password"]}


def test_it_is_empty_after_it_was_killed(valkey):
    valkey.ask("SET", "kept", "no")
    valkey.kill()
    with pytest.raises(ConnectionError):
        valkey.connect()
    valkey.start()
    assert valkey.ask("DBSIZE") == 0


def test_while_it_is_frozen_it_takes_and_answers_nothing(valkey):
    with valkey.connect() as connection:
        valkey.freeze()
        connection.send("SET", "late", "yes")
        with pytest.raises(TimeoutError):
            connection.receive(0.2)
        valkey.thaw()
        assert connection.receive() == b"OK"
    assert valkey.ask("GET", "late") == b"yes"


@pytest.mark.parametrize("secrets", [SECRETS, ALONE], ids=["user", "password"])
def test_only_who_knows_the_secrets_gets_in(tmp_path, secrets):
    valkey = Valkey(tmp_path, **secrets).start()
    try:
        assert valkey.ask("PING") == b"PONG"
        with (
            Connection(valkey.port) as stranger,
            pytest.raises(libvalkey.ReplyError, match="NOAUTH"),
        ):
            stranger.ask("PING")
    finally:
        valkey.kill()


def test_a_subscriber_that_reads_nothing_is_disconnected_at_the_limit(valkey):
    valkey.limit_output(100_000)
    with valkey.connect() as slow:
        slow.subscribe("room")
        large = "x" * 100_000  # the kernel takes some of them
        assert valkey.publish("room", large) == 1
        wait_until(lambda: valkey.publish("room", large) == 0, what="the end of it")
