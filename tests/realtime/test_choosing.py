"""What a person has chosen is the same on all devices."""

from types import SimpleNamespace

import pytest

from chat.accounts.person import Person
from chat.errors import Unavailable
from chat.messages.ids import MessageIds
from chat.rate_limit import RateLimit
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.choosing import Choosing
from chat.realtime.connections import Connections
from chat.realtime.devices import Devices
from chat.realtime.namespace import ChatNamespace, Rules
from tests.chatters import Chatter, chatting
from tests.servers import serving

ANN = Person("a", "Ann")


class Stored:
    """Choices with their changes, as they came."""

    def __init__(self):
        self.choices = []
        self.trouble = None

    def choose(self, person, choice, value, change):
        if self.trouble:
            raise self.trouble
        self.choices.append((person, choice, value, change))


@pytest.fixture
def told():
    """Events with their payloads and receivers."""
    return []


@pytest.fixture
def stored():
    return Stored()


@pytest.fixture
def choose(told, stored):
    """Sends `choose`; Ann has the connections 1 and 2, Ben has 3."""
    rules = Rules(None, None, RateLimit("events", 10, 10), RateLimit("x", 0, 1))
    namespace = ChatNamespace("/rooms", rules, Connections(0, 0))
    socketio = SimpleNamespace(
        emit=lambda event, payload, *, to, **_: told.append((event, payload, to))
    )
    devices = Devices(namespace.connections, Broadcasts(socketio))
    Choosing(namespace, stored, devices, MessageIds())
    for sid, person in (("1", ANN), ("2", ANN), ("3", Person("b", "Ben"))):
        namespace.connections.add(sid, person)
    return lambda payload, sid="1": namespace.trigger_event("choose", sid, payload)


def test_a_choice_is_stored_and_the_other_connections_are_told(choose, stored, told):
    assert choose({"theme": "dark"}) == {"ok": True}
    assert choose({"theme": "light"}, sid="2") == {"ok": True}
    assert told == [("choices", {"theme": "dark"}, ["2"]), ("choices", {"theme": "light"}, ["1"])]
    assert [each[:3] for each in stored.choices] == [
        ("a", "theme", "dark"),
        ("a", "theme", "light"),
    ]
    first, second = (each[3] for each in stored.choices)
    assert first < second


def test_several_may_be_chosen_at_once_and_who_has_no_other_device_tells_none(choose, stored, told):
    assert choose({"theme": "system", "skin_tone": "medium_light"}, sid="3") == {"ok": True}
    assert [each[:3] for each in stored.choices] == [
        ("b", "theme", "system"),
        ("b", "skin_tone", "medium_light"),
    ]
    assert told == []


def test_nobody_is_told_what_could_not_be_stored(choose, stored, told):
    stored.trouble = Unavailable("down")
    assert choose({"theme": "dark"})["error"]["code"] == "unavailable"
    assert told == []


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({}, "payload: this has no choice in it"),
        ({"theme": None, "skin_tone": None}, "payload: this has no choice in it"),
        ({"theme": "sepia"}, "theme: Input should be 'system', 'light' or 'dark'"),
        ({"theme": ""}, "theme: "),
        ({"theme": ["dark"]}, "theme: "),
        ({"theme": "dark", "skin_tone": "🏽"}, "skin_tone: Input should be 'yellow', 'light', "),
        ({"skin_tone": ""}, "skin_tone: "),
        ({"skin_tone": 3}, "skin_tone: "),
        ({"theme": "dark", "font": "large"}, "font: "),
    ],
    ids=repr,
)
def test_what_cannot_be_chosen_is_refused_in_words(choose, stored, payload, message):
    error = choose(payload)["error"]
    assert error["code"] == "invalid"
    assert error["message"].startswith(message)
    assert stored.choices == []


@pytest.mark.parametrize(
    ("payload", "times"),
    [({"theme": "dark"}, 2), ({"theme": "dark", "skin_tone": "dark"}, 1)],
)
def test_each_write_counts_as_several_events(choose, payload, times):
    assert [choose(payload)["ok"] for _ in range(times + 1)] == [*times * [True], False]


# Over real sockets


def test_what_one_device_chooses_the_others_of_the_person_know(ann, bob):
    phone = Chatter(ann.url, ann.name, session=ann.session)
    try:
        assert ann.call("choose", {"skin_tone": "medium"})["ok"]
        assert phone.wait_for("choices") == {"skin_tone": "medium"}
        assert phone.call("rooms", {})["choices"] == {"theme": None, "skin_tone": "medium"}
        assert bob.call("rooms", {})["choices"] == {"theme": None, "skin_tone": None}
        assert ann.payloads("choices") == bob.payloads("choices") == []
    finally:
        phone.close()


def test_choices_outlive_a_restart(tmp_path):
    with serving(tmp_path) as server:
        with chatting(server.url, "Ann") as ann:
            assert ann.call("choose", {"theme": "dark", "skin_tone": "yellow"})["ok"]
            server.kill()
        server.start()
        with chatting(server.url, "Ann", session=ann.session) as ann:
            choices = {"theme": "dark", "skin_tone": "yellow"}
            assert ann.call("rooms", {})["choices"] == choices
