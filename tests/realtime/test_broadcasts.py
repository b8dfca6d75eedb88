"""The fields that are added to events: `follows` and `up_to`."""

from types import SimpleNamespace

import pytest

from chat.realtime.broadcasts import Broadcasts
from tests.storage.messages import message


class Out:
    """Records what is sent."""

    def __init__(self):
        self.events = []
        self.receivers = []
        self.broadcasts = Broadcasts(SimpleNamespace(emit=self._emit))

    def _emit(self, event, payload, *, to, **_more):
        self.receivers.append(to)
        self.events.append((event, payload["room"], payload.get("follows"), payload.get("up_to")))


@pytest.fixture
def out():
    return Out()


def test_events_of_a_room_are_counted_and_marks_are_not(out):
    out.broadcasts.message(message())
    out.broadcasts.mark("general", "a")
    out.broadcasts.presence({"room": "general"})
    out.broadcasts.presence({"room": "tech"})
    assert out.events == [
        ("message", "general", 0, None),
        ("mark", "general", 1, "a"),
        ("presence", "general", 1, None),
        ("presence", "tech", 0, None),
    ]


def test_the_next_event_of_the_room_says_once_what_was_vouched_for(out):
    out.broadcasts.set_up_to("general", "a")
    out.broadcasts.presence({"room": "tech"})
    out.broadcasts.set_up_to("general", "b")
    out.broadcasts.message(message())
    out.broadcasts.message(message())
    assert [up_to for *_, up_to in out.events] == [None, "b", None]


def test_after_a_mark_no_event_says_less(out):
    out.broadcasts.set_up_to("general", "a")
    out.broadcasts.mark("general", "b")
    out.broadcasts.message(message())
    assert [up_to for *_, up_to in out.events] == ["b", None]


def test_activity_goes_to_those_outside_and_where_there_are_none_to_nobody(out):
    out.broadcasts.activity("general", "a", ["1", "2"])
    assert out.receivers == [["1", "2"]]
    out.broadcasts.activity("general", "b", [])
    assert out.receivers == [["1", "2"]], "Socket.IO treats an empty list as everyone"
