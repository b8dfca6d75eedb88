import threading

import pytest

from chat.bus.envelope import Envelopes
from chat.bus.subscriptions import Subscriptions
from tests.waiting import PATIENCE, wait_until


@pytest.fixture
def it():
    envelopes = Envelopes("secret", "history")
    sent = []

    def note(command):
        sent.append((command[0], *map(envelopes.channel, command[1:])))

    it = Subscriptions(envelopes, note)
    it.sent = sent
    return it


def test_a_subscription_is_sent_once_and_confirmed(it):
    assert not it.subscribe("room:a", 0)
    assert not it.subscribe("room:a", 0)
    assert it.sent == [("SUBSCRIBE", "room:a")]
    assert it.has("room:a")
    assert it.confirm("room:a")
    assert it.subscribe("room:a", 0)


def test_the_confirmation_is_waited_for(it):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(it.subscribe("room:a", PATIENCE)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: it.sent)
    it.confirm("room:a")
    for thread in threads:
        thread.join(PATIENCE)
    assert found == [True, True]


def test_a_second_confirmation_means_that_the_server_had_lost_the_subscription(it):
    it.subscribe("room:a", 0)
    assert it.confirm("room:a")
    assert not it.confirm("room:a")


def test_an_ended_subscription(it):
    it.subscribe("room:a", 0)
    it.unsubscribe("room:a")
    it.unsubscribe("room:a")
    assert it.sent == [("SUBSCRIBE", "room:a"), ("UNSUBSCRIBE", "room:a")]
    assert not it.has("room:a")
    assert it.confirm("room:a"), "of before"


def test_a_confirmation_that_was_waited_for_in_vain_is_late(it):
    assert not it.subscribe("room:a", 0.01)
    assert not it.confirm("room:a")
    it.subscribe("room:b", 0.01)
    it.unsubscribe("room:b")
    it.subscribe("room:b", 0)
    assert it.confirm("room:b")


def test_all_are_subscribed_to_again(it):
    for channel in ("room:a", "room:b"):
        it.subscribe(channel, 0)
        it.confirm(channel)
    command, *names = it.again()
    assert (command, len(names)) == ("SUBSCRIBE", 2)
    assert not it.are_repeated
    assert it.confirm("room:a")
    it.unsubscribe("room:b")
    assert not it.are_repeated
    it.subscribe("room:c", 0)
    assert it.confirm("room:b")
    assert it.are_repeated, "others may be on their way at any time"
