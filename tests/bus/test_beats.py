"""Beats tell of the life of the processes and of the bus."""

import pytest

from chat.bus.beats import ALL, ANNOUNCED, Beats
from chat.bus.connection import SILENCE
from chat.bus.envelope import Publication
from chat.bus.numbers import Numbers
from chat.bus.peers import GONE_AFTER, SILENT_AFTER, Peers


class Outbox:
    def __init__(self):
        self.spans = {}
        self.published = []

    def take_spans(self, at_most):
        return {each: self.spans.pop(each) for each in list(self.spans)[:at_most]}

    def publish(self, channel, kind, data, *, is_last=False):
        assert channel == ALL
        assert is_last == (kind == "bye")
        self.published.append((kind, data))


@pytest.fixture
def outbox():
    return Outbox()


@pytest.fixture
def suspected():
    return []


@pytest.fixture
def states():
    return []


@pytest.fixture
def gone():
    return []


@pytest.fixture
def beats(outbox, suspected, states, gone, clock):
    channels = {"room:a", "room:b"}

    def suspect(sender, channel):
        suspected.append((sender, channel))

    beats = Beats(outbox, Numbers(), Peers(clock), channels.__contains__, suspect, clock)
    beats.when_state_changes(states.append)
    beats.when_gone(lambda process, is_planned: gone.append((process, is_planned)))
    return beats


def beat(sender="p2", published=None, **parts):
    return Publication(ALL, "beat", {"published": published or {}, **parts}, sender, 1, 1)


def test_the_bus_works_when_the_own_beat_comes_back(beats, states, clock, caplog):
    assert not beats.is_working
    beats._turn()
    beats.heard_own()
    assert beats.is_working
    assert states == [True]
    assert not caplog.messages, "it works from the start on"
    clock.now += SILENCE
    beats._turn()
    assert beats.is_working
    clock.now += 0.1
    beats._turn()
    beats._turn()
    assert not beats.is_working
    beats.heard_own()
    assert states == [True, False, True]
    assert ["doesn't work" in each for each in caplog.messages] == [True, False]


def test_a_bus_that_never_worked_is_told_of(beats, states, clock):
    clock.now += SILENCE + 0.1
    beats._turn()
    beats._turn()
    assert states == [False]


def test_a_beat_says_what_was_published_and_what_others_have_put_in(beats, outbox):
    outbox.spans = {"room:a": (1, 3)}
    beats.add("newest", lambda: {"a": "id"}, None)
    beats.add("nothing", dict, None)
    beats._turn()
    assert outbox.published == [
        ("beat", {"published": {"room:a": (1, 3)}, "newest": {"a": "id"}}),
    ]


def test_many_channels_take_several_beats(beats, outbox):
    outbox.spans = {f"room:{number}": (1, 1) for number in range(2 * ANNOUNCED + 1)}
    beats._turn()
    assert [len(data["published"]) for _, data in outbox.published] == [ANNOUNCED, ANNOUNCED, 1]


def test_what_did_not_arrive_is_suspect(beats, suspected):
    beats.heard(beat(published={"room:a": [1, 2], "room:other": [1, 1], ALL: [1, 9]}))
    assert suspected == [("p2", "room:a")]


def test_parts_are_handed_over_with_their_sender(beats):
    told = []
    beats.add("newest", dict, lambda *what: told.append(what))
    beats.add("missing", dict, lambda *what: told.append(what))
    beats.heard(beat(newest={"a": "id"}, of_a_later_release=1))
    assert told == [("p2", {"a": "id"})]


def test_a_new_process_is_told_of_once(beats):
    new = []
    beats.when_new(new.append)
    assert beats.meet("p2")
    beats.heard(beat())
    assert not beats.meet("p2")
    assert new == ["p2"]


def test_a_silent_process_makes_everything_of_it_suspect(beats, suspected, gone, clock):
    beats.heard(beat())
    clock.now += SILENT_AFTER + 0.1
    beats._turn()
    beats._turn()
    assert suspected == [("p2", "")]
    beats.heard(beat())
    assert suspected == 2 * [("p2", "")]
    assert gone == []


def test_a_process_that_is_gone(beats, gone, clock):
    beats.heard(beat())
    clock.now += GONE_AFTER + 0.1
    beats._turn()
    beats._turn()
    assert gone == [("p2", False)]


def test_a_goodbye(beats, outbox, gone):
    beats.heard(beat())
    beats.left(Publication(ALL, "bye", None, "p2", 2, 2))
    assert gone == [("p2", True)]
    sleeps = []
    beats.say_goodbye()
    beats.follow(sleeps.append)
    assert sleeps == []
    assert outbox.published == [("bye", None)]


def test_a_fault_in_one_part_spares_the_others(beats, outbox, caplog):
    told = []
    beats.add("broken", lambda: 1 / 0, lambda *_: 1 / 0)
    beats.add("whole", lambda: 1, lambda *what: told.append(what))
    beats._turn()
    assert outbox.published == [("beat", {"published": {}, "whole": 1})]
    beats.heard(beat(broken=1, whole=2))
    assert told == [("p2", 2)]
    assert ["broken" in each for each in caplog.messages] == [True, True]


def test_a_fault_does_not_end_the_beats(beats, outbox, caplog):
    outbox.take_spans = lambda _at_most: 1 / 0

    def sleep(_seconds):
        beats.say_goodbye()

    beats.follow(sleep)
    assert "A beat could not be sent" in caplog.text
