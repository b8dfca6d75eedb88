"""The event `activity`, which people outside a room get for its messages."""

from types import SimpleNamespace

import pytest

from chat.accounts.sessions import Person
from chat.history.newest_ids import NewestIds
from chat.messages.ids import FIRST_ID
from chat.realtime.announcements import Announcements
from chat.realtime.broadcasts import Broadcasts
from chat.realtime.connections import Connections
from tests.storage.messages import message
from tests.virtual_time import VirtualTime


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def told():
    """Events with their payloads and receivers."""
    return []


@pytest.fixture
def reader():
    return SimpleNamespace(settled=lambda: None, settles_after=0, newest_id=lambda _room: FIRST_ID)


@pytest.fixture
def announcements(time, told, reader):
    connections = Connections(0, 0)
    for sid in ("here", "there"):
        connections.add(sid, Person(sid, sid))
    connections.get("here").rooms.add("general")
    socketio = SimpleNamespace(
        start_background_task=time.start,
        sleep=time.sleep,
        emit=lambda event, payload, *, to, **_: told.append((event, payload, to)),
    )
    return Announcements(Broadcasts(socketio), reader, NewestIds(None), connections, socketio)


def test_activity_names_the_newest_message_whatever_is_found_afterwards(announcements, told, time):
    older, newer = message(), message()
    assert announcements.message(newer)
    assert announcements.message(older)
    time.pass_by(0)
    activity = [event for event in told if event[0] == "activity"]
    assert activity == [("activity", {"room": "general", "latest": newer.id}, ["there"])]


def test_who_asks_is_told_whom_this_process_has(announcements, told, time):
    ann = Person("a", "Ann")
    heard = []
    announcements.when_people_change(heard.append)
    announcements.presence.set_elsewhere("another process", "general", [ann.to_wire()])
    time.pass_by(0)
    assert [event for event, *_ in told] == ["presence"]
    assert heard == []
    announcements.presence.enter("tech", "here", ann)
    time.pass_by(0)
    assert heard == [{"room": "tech", "joined": [ann.to_wire()], "left": []}]


def test_a_room_is_forgotten_when_its_people_have_gone(announcements, time):
    ann, bob = Person("a", "Ann"), Person("b", "Bob")
    announcements.continuity.enter("general")
    announcements.presence.enter("general", "1", ann)
    announcements.presence.enter("general", "2", bob)
    announcements.presence.leave("general", "1", ann)
    time.pass_by(2)
    assert announcements.continuity._feeds.keys() == {"general"}
    announcements.presence.leave("general", "2", bob)
    time.pass_by(2)
    assert announcements.continuity._feeds == {}
