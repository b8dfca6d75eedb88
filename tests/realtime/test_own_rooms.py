"""What the rooms are to the reader: the same on all devices."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import pytest

from chat.accounts.person import Person
from chat.errors import Unavailable
from chat.messages.ids import FIRST_ID, MessageIds, id_at
from chat.rate_limit import RateLimit
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.connections import Connections
from chat.realtime.devices import Devices
from chat.realtime.namespace import ChatNamespace, Rules
from chat.realtime.own_rooms import READS_AT_ONCE, OwnRooms
from chat.rooms.access import Access
from chat.rooms.room import Room
from chat.storage.base import CLOCK_SKEW
from chat.storage.memberships import Choices, Membership, Shared
from tests.chatters import Chatter, chatting
from tests.servers import serving
from tests.virtual_time import VirtualTime
from tests.waiting import PATIENCE, wait_until

ANN = Person("a", "Ann")
NOW = 1_790_000_000.0


class Stored:
    """The memberships and choices of Ann; `trouble` is raised by reads."""

    def __init__(self):
        self.rooms = {}
        self.choices = Choices()
        self.levels = []
        self.trouble = None
        self.during_a_read = lambda: None

    def of(self, person):
        assert person == ANN.id
        if self.trouble:
            raise self.trouble
        found = Shared(list(self.rooms.values()), self.choices)
        self.during_a_read()
        return found

    def advance(self, markers):
        for person, room, id_ in markers:
            assert person == ANN.id
            self.rooms[room] = self.rooms.get(room, Membership(room))._replace(read_up_to=id_)

    def set_level(self, person, room, level, change):
        assert person == ANN.id
        self.levels.append(change)
        self.rooms[room] = self.rooms.get(room, Membership(room))._replace(level=level)


class Newest:
    def __init__(self):
        self.ids = {"general": id_at(NOW - 60)}

    def of(self, room_ids):
        return {id_: self.ids[id_] for id_ in room_ids if id_ in self.ids}


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def told():
    """Events with their payloads and receivers."""
    return []


@pytest.fixture
def stored():
    return Stored()


@pytest.fixture
def newest():
    return Newest()


@pytest.fixture
def rooms(time, told, stored, newest):
    """Ann with the connections 1 and 2, Ben with 3."""
    access = Access([Room("general", "General", "All and nothing"), Room("tech", "Tech")])
    rules = Rules(None, access, *2 * [RateLimit("x", 0, 1)])
    rooms = ChatNamespace("/rooms", rules, Connections(0, 0))
    socketio = SimpleNamespace(
        start_background_task=time.start,
        sleep=time.sleep,
        emit=lambda event, payload, *, to, **_: told.append((event, payload, to)),
    )
    ids = MessageIds(clock=lambda: NOW)
    devices = Devices(rooms.connections, Broadcasts(socketio))
    OwnRooms(rooms, stored, newest, devices, ids, socketio)
    for sid, person in (("1", ANN), ("2", ANN), ("3", Person("b", "Ben"))):
        rooms.connections.add(sid, person)
    return rooms


def by_room(rooms):
    answer = rooms.trigger_event("rooms", "1", {})
    assert answer["ok"], answer
    return {room["id"]: room for room in answer["rooms"]}


def read(rooms, id_, room="general", sid="1"):
    return rooms.trigger_event("read", sid, {"room": room, "id": id_})


def test_rooms_come_in_their_order_with_what_is_known(rooms, stored, newest):
    stored.rooms["general"] = Membership("general", id_at(NOW), "mentions")
    stored.rooms["gone"] = Membership("gone", id_at(NOW), "all")
    assert list(by_room(rooms).values()) == [
        {
            "id": "general",
            "title": "General",
            "topic": "All and nothing",
            "kind": "public",
            "read_up_to": id_at(NOW),
            "level": "mentions",
            "latest": newest.ids["general"],
        },
        {
            "id": "tech",
            "title": "Tech",
            "topic": "",
            "kind": "public",
            "read_up_to": None,
            "level": None,
            "latest": None,
        },
    ]


def test_the_choices_come_with_the_rooms(rooms, stored):
    assert rooms.trigger_event("rooms", "1", {})["choices"] == {"theme": None, "skin_tone": None}
    stored.choices = Choices(theme="dark")
    assert rooms.trigger_event("rooms", "1", {})["choices"] == {"theme": "dark", "skin_tone": None}


def test_what_was_read_is_known_before_it_is_stored_and_told_to_the_other_connections(
    rooms, told, stored
):
    assert read(rooms, id_at(NOW)) == {"ok": True, "read_up_to": id_at(NOW)}
    assert told == [("read", {"room": "general", "read_up_to": id_at(NOW)}, ["2"])]
    assert by_room(rooms)["general"]["read_up_to"] == id_at(NOW)
    assert stored.rooms == {}


def test_what_is_stored_while_the_rooms_are_read_is_not_missed(rooms, stored, time):
    read(rooms, id_at(NOW))

    def store():
        rooms.trigger_event("disconnect", "2", "client disconnect")
        time.pass_by(1)

    stored.during_a_read = store
    assert by_room(rooms)["general"]["read_up_to"] == id_at(NOW)
    assert "general" in stored.rooms


def test_the_greater_of_what_waits_and_what_is_stored_counts(rooms, stored):
    """Another server may have stored a later one."""
    stored.rooms["general"] = Membership("general", id_at(NOW))
    read(rooms, id_at(NOW - 5))
    assert by_room(rooms)["general"]["read_up_to"] == id_at(NOW)


def test_a_marker_does_not_go_back_and_nobody_is_told(rooms, told):
    read(rooms, id_at(NOW))
    del told[:]
    for id_ in (id_at(NOW - 1), id_at(NOW)):
        assert read(rooms, id_, sid="2") == {"ok": True, "read_up_to": id_at(NOW)}
    assert told == []


def test_what_is_later_than_now_cannot_have_been_read(rooms, newest):
    assert read(rooms, id_at(NOW + CLOCK_SKEW - 0.001))["ok"]
    answer = read(rooms, id_at(NOW + CLOCK_SKEW))
    assert answer["error"] == {"code": "invalid", "message": "id: this is later than now"}


def test_but_the_newest_message_can_whatever_the_clock_of_its_server_said(rooms, newest):
    newest.ids["general"] = id_at(NOW + 3600)
    assert read(rooms, id_at(NOW + 3600))["ok"]
    assert not read(rooms, id_at(NOW + 3601))["ok"]
    assert not read(rooms, id_at(NOW + 3600), room="tech")["ok"]


@pytest.mark.parametrize(
    ("event", "payload", "code"),
    [
        ("read", {"room": "nowhere", "id": id_at(NOW)}, "unknown_room"),
        ("read", {"room": "general", "id": "yesterday"}, "invalid"),
        ("read", {"room": "general"}, "invalid"),
        ("set_level", {"room": "nowhere", "level": "all"}, "unknown_room"),
        ("set_level", {"room": "general", "level": "some"}, "invalid"),
        ("set_level", {"room": "general", "level": ""}, "invalid"),
        ("rooms", {"room": "general"}, "invalid"),
    ],
)
def test_bad_requests_are_refused_in_words(rooms, stored, time, event, payload, code):
    assert rooms.trigger_event(event, "1", payload)["error"]["code"] == code
    time.pass_by(60)
    assert stored.rooms == {}


def test_a_level_is_stored_and_the_other_connections_get_the_room(rooms, told, stored):
    read(rooms, id_at(NOW))
    del told[:]
    answer = rooms.trigger_event("set_level", "2", {"room": "general", "level": "mentions"})
    assert answer == {"ok": True}
    room = by_room(rooms)["general"]
    assert (room["level"], room["read_up_to"]) == ("mentions", id_at(NOW))
    assert told == [("room", room, ["1"])]
    rooms.trigger_event("set_level", "2", {"room": "general", "level": "nothing"})
    assert stored.levels == sorted(set(stored.levels))
    assert by_room(rooms)["general"]["level"] == "nothing"


def test_a_level_is_stored_even_if_the_others_cannot_be_told(rooms, told, stored):
    stored.trouble = Unavailable("down")
    assert rooms.trigger_event("set_level", "1", {"room": "tech", "level": "all"})["ok"]
    assert stored.rooms["tech"].level == "all"
    assert told == []


def test_the_end_of_a_connection_stores_what_was_read(rooms, stored, time):
    read(rooms, id_at(NOW))
    rooms.trigger_event("disconnect", "1", "client disconnect")
    time.pass_by(1)
    assert stored.rooms == {"general": Membership("general", id_at(NOW))}


def test_without_the_storage_there_is_an_answer_that_says_so(rooms, stored):
    stored.trouble = Unavailable("down", retry_after=2)
    assert rooms.trigger_event("rooms", "1", {})["error"]["code"] == "unavailable"


@pytest.mark.parametrize(
    ("event", "payload", "times"),
    [
        ("rooms", {}, 2),
        ("set_level", {"room": "tech", "level": "all"}, 2),
        ("read", {"room": "tech", "id": id_at(NOW)}, 10),
    ],
)
def test_what_costs_the_storage_more_is_allowed_less_often(rooms, event, payload, times):
    rooms.rules = rooms.rules._replace(event_rate=RateLimit("events", 10, 10))
    answers = [rooms.trigger_event(event, "1", payload) for _ in range(times + 1)]
    assert [answer["ok"] for answer in answers] == [*times * [True], False]
    assert answers[-1]["error"]["code"] == "rate_limited"


def test_after_a_restart_only_so_many_are_read_at_once(rooms, stored):
    """Everybody asks at the same time; the tabs of one person share a read."""
    reading, go_on = [], threading.Event()

    def read(person):
        reading.append(person)
        assert go_on.wait(PATIENCE)
        return Shared([], Choices())

    stored.of = read
    people = [f"person {n}" for n in range(READS_AT_ONCE + 5)]
    for person in people:
        for tab in range(2):
            rooms.connections.add(f"{person} {tab}", Person(person, person))
    with ThreadPoolExecutor(2 * len(people)) as threads:
        ask = partial(rooms.trigger_event, "rooms")
        answers = [threads.submit(ask, f"{person} {tab}", {}) for person in people for tab in "01"]
        wait_until(lambda: len(reading) == READS_AT_ONCE)
        go_on.set()
        assert all(answer.result(PATIENCE)["ok"] for answer in answers)
    assert READS_AT_ONCE + 5 <= len(reading) <= 2 * len(people)


# Over real sockets


def second_device(first):
    return Chatter(first.url, first.name, session=first.session)


def own(chatter, room):
    return next(each for each in chatter.call("rooms", {})["rooms"] if each["id"] == room)


def test_read_on_one_device_is_read_on_the_other_and_nobody_else_is_told(ann, bob, room):
    for each in (ann, bob):
        each.join(room)
    message = bob.say(room, "Hello")
    phone = second_device(ann)
    try:
        assert own(phone, room)["read_up_to"] is None
        assert own(phone, room)["latest"] == message["id"]
        assert ann.call("read", {"room": room, "id": message["id"]})["ok"]
        told = phone.wait_for("read")
        assert told == {"room": room, "read_up_to": message["id"]}
        assert own(phone, room)["read_up_to"] == message["id"]
        assert phone.call("set_level", {"room": room, "level": "all"})["ok"]
        assert ann.wait_for("room") == own(phone, room)
        assert own(bob, room)["read_up_to"] is None
        assert bob.payloads("read") == bob.payloads("room") == ann.payloads("read") == []
    finally:
        phone.close()


def test_markers_and_levels_outlive_a_planned_stop(tmp_path):
    with serving(tmp_path) as server:
        with chatting(server.url, "Ann") as ann:
            ann.join("general")
            message = ann.say("general", "Hello")
            ann.call("set_level", {"room": "general", "level": "mentions"})
            ann.call("read", {"room": "general", "id": message["id"]})
            server.stop()
        server.start()
        with chatting(server.url, "Ann", session=ann.session) as ann:
            room = own(ann, "general")
            assert (room["read_up_to"], room["level"]) == (message["id"], "mentions")
            assert room["latest"] == message["id"]
            assert own(ann, "tech")["latest"] == FIRST_ID
