"""What waits for the server is bounded, and what is dropped leaves a gap in the numbers."""

import pytest

from chat.bus import outbox as module
from chat.bus.envelope import LARGEST, Envelopes
from chat.bus.outbox import Outbox

ENVELOPES = Envelopes("secret", "history")


@pytest.fixture
def outbox():
    return Outbox(ENVELOPES, "p1")


def opened(command):
    _, name, sealed = command
    return ENVELOPES.open(ENVELOPES.channel(name), sealed)


def test_publications_are_numbered_by_channel_and_all_together(outbox):
    for channel in ("a", "b", "a"):
        outbox.publish(channel, "said", channel)
    found = [opened(command) for command in outbox.take()]
    assert [(each.channel, each.serial, each.number) for each in found] == [
        ("a", 1, 1),
        ("b", 2, 2),
        ("a", 3, 2),
    ]
    assert {each.sender for each in found} == {"p1"}
    assert outbox.take() == []


def test_nothing_follows_the_last_publication(outbox):
    outbox.publish("a", "bye", None, is_last=True)
    outbox.publish("a", "said", 1)
    assert [opened(command).kind for command in outbox.take()] == ["bye"]
    assert outbox.dropped == 0


def test_it_says_when_there_is_something_to_send(outbox):
    assert not outbox.filled.is_set()
    outbox.publish("a", "said", 1)
    assert outbox.filled.is_set()
    outbox.filled.clear()
    outbox.add(("SUBSCRIBE", b"a"))
    assert outbox.filled.is_set()


@pytest.mark.parametrize(("limit", "value"), [("MOST", 2), ("MOST_BYTES", 180)])
def test_what_does_not_fit_is_dropped_and_counted(outbox, monkeypatch, limit, value):
    monkeypatch.setattr(module, limit, value)
    for number in range(1, 4):
        outbox.publish("a", "said", number)
    kept = [opened(command).number for command in outbox.take()]
    assert kept == [1, 2]
    assert outbox.dropped == 1
    outbox.publish("a", "said", 4)
    assert opened(outbox.take()[0]).number == 4


def test_what_is_too_large_is_a_gap(outbox, caplog):
    outbox.publish("a", "said", "x" * LARGEST)
    outbox.publish("a", "said", 2)
    assert [opened(command).number for command in outbox.take()] == [2]
    assert outbox.dropped == 1
    assert "was left out" in caplog.text


def test_what_waited_for_a_broken_connection_is_dropped(outbox):
    outbox.publish("a", "said", 1)
    outbox.add(("SUBSCRIBE", b"a"))
    outbox.drop()
    assert outbox.take() == []
    assert outbox.dropped == 1


def test_the_numbers_since_the_last_beat(outbox):
    for channel in ("a", "b", "a"):
        outbox.publish(channel, "said", 1)
    assert outbox.take_spans(1) == {"a": (1, 2)}
    outbox.publish("b", "said", 1)
    outbox.publish("a", "said", 1)
    assert outbox.take_spans(9) == {"b": (2, 3), "a": (3, 3)}
    assert outbox.take_spans(9) == {}


def test_the_numbers_of_few_channels_are_remembered_and_never_fall(outbox, monkeypatch):
    monkeypatch.setattr(module, "CHANNELS", 2)
    for channel in ("a", "a", "b", "a", "c", "b"):
        outbox.publish(channel, "said", 1)
    found = [opened(command) for command in outbox.take()]
    assert [(each.channel, each.number) for each in found] == [
        ("a", 1),
        ("a", 2),
        ("b", 3),
        ("a", 3),
        ("c", 5),
        ("b", 6),
    ]
    assert outbox.take_spans(9) == {"a": (1, 3), "b": (3, 6), "c": (5, 5)}
    assert len(outbox._numbers) == 2
