"""What a namespace does without sockets."""

import logging
import time
import uuid
from types import SimpleNamespace

import pytest
from flask_socketio import ConnectionRefusedError as Refused

from chat.accounts.known_sessions import KnownSessions
from chat.accounts.names_in_use import KEPT_FOR, NamesInUse
from chat.accounts.person import Person
from chat.accounts.sessions import Sessions
from chat.errors import Conflict, NotInRoom, RateLimited, Unavailable
from chat.history.pending import LATE
from chat.messages.ids import MessageIds
from chat.rate_limit import RateLimit
from chat.realtime.connections import Connections
from chat.realtime.joining import Joining
from chat.realtime.namespace import FLOOD, ChatNamespace, Rules
from chat.realtime.presence import Presence
from chat.realtime.reading import Reading
from chat.realtime.sending import Sending
from chat.rooms.access import Access
from chat.rooms.room import Room
from chat.storage.accounts import Profile, Session
from tests.accounts.doubles import MemoryAccounts
from tests.storage.messages import message
from tests.virtual_time import VirtualTime

ANN = Person("a", "Ann")


@pytest.fixture
def names(clock):
    return NamesInUse(lambda _person_id: False, clock)


class Reader:
    """A reader whose reads fail with `error`."""

    error = None

    def before(self, room_id, id_, limit):
        raise self.error


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def rooms(names, clock, reader):
    time = VirtualTime()
    known = KnownSessions(MemoryAccounts(), MessageIds(), time.start, time.sleep, time.clock)
    sessions = Sessions(known, names, lambda _person_id: None)
    rules = Rules(sessions, Access([Room(id="tech", title="Tech")]), *2 * [RateLimit("x", 0, 1)])
    rooms = ChatNamespace("/rooms", rules, Connections(0, 0))
    Reading(rooms, reader)
    rooms.connections.add("1", ANN)
    rooms.connections.get("1").rooms.add("tech")
    return rooms


@pytest.fixture
def presence(clock):
    return Presence(lambda _room, _delay: None, clock)


HISTORY = {"room": "tech", "before": "2026-11-22T10:47:12.123456Z.7f3ac21e00"}


def test_what_goes_wrong_is_answered_in_words(rooms, reader):
    reader.error = Unavailable("the history can't be reached", retry_after=1)
    assert rooms.trigger_event("history", "1", HISTORY) == {
        "ok": False,
        "error": {
            "code": "unavailable",
            "message": "the history can't be reached",
            "retry_after": 1,
        },
    }


def test_a_bug_is_answered_without_its_traceback_and_logged_with_it(rooms, reader, caplog):
    reader.error = KeyError("secret detail")
    answer = rooms.trigger_event("history", "1", HISTORY)
    assert answer["error"]["code"] == "unavailable"
    assert "secret" not in str(answer)
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.exc_info[1] is reader.error
    assert record.connection == "1"


def test_refusals_of_events_and_of_connections_are_counted(rooms, reader, monkeypatch):
    monkeypatch.setattr("chat.realtime.namespace.session_of", lambda _app, _environ: {})
    rooms.socketio = SimpleNamespace(app=None)
    rooms.trigger_event("nothing", "1", {})
    reader.error = KeyError("bug")
    rooms.trigger_event("history", "1", HISTORY)
    for sid in ("2", "3"):
        with pytest.raises(Refused):
            rooms.trigger_event("connect", sid, {}, None)
    assert rooms.refusals == {"invalid": 1, "unavailable": 1, "unauthorized": 2}


def test_the_line_of_who_is_refused_names_the_connection(rooms, caplog, monkeypatch):
    monkeypatch.setattr("chat.realtime.namespace.session_of", lambda _app, _environ: {})
    rooms.socketio = SimpleNamespace(app=None)
    caplog.set_level(logging.INFO)
    with pytest.raises(Refused):
        rooms.trigger_event("connect", "2", {}, None)
    [record] = caplog.records
    assert (record.getMessage(), record.connection) == (
        "/rooms refused a connection: unauthorized",
        "2",
    )


def test_the_line_of_who_goes_names_the_connection(rooms, caplog):
    caplog.set_level(logging.INFO)
    rooms.connections.get("1").rooms.clear()
    rooms.trigger_event("disconnect", "1", "client disconnect")
    [record] = caplog.records
    assert (record.getMessage(), record.connection) == (
        "/rooms disconnected: client disconnect",
        "1",
    )


def test_who_comes_and_who_goes_is_told_and_nobody_who_is_refused(rooms, monkeypatch):
    rooms.socketio = SimpleNamespace(app=None)
    monkeypatch.setattr("chat.realtime.namespace.session_of", lambda _app, environ: environ)
    told = []
    rooms.when_connected(lambda connection: told.append(("came", connection.key)))
    rooms.when_disconnected(lambda connection: told.append(("went", connection.key)))
    session = Session("desk", "a", "", 0, 0, 1000)
    rooms.rules.sessions._known.begin(Profile("a", "Ann"), session)
    since = time.time()
    cookie = {"person": ["a", "Ann"], "session": "desk", "since": since}
    rooms.trigger_event("connect", "2", cookie, None)
    with pytest.raises(Refused):
        rooms.trigger_event("connect", "3", {}, None)
    rooms.trigger_event("disconnect", "2", "transport close")
    assert told == [("came", ("a", "desk")), ("went", ("a", "desk"))]


def test_a_connection_that_nobody_knows_has_no_session(rooms):
    assert rooms.trigger_event("history", "2", HISTORY)["error"]["code"] == "unauthorized"


@pytest.fixture
def closed(rooms):
    """The connections that the server has closed."""
    closed = []
    rooms.socketio = SimpleNamespace(close=lambda sid, *_: closed.append(sid))
    return closed


def refuse(rooms, times):
    def spend(_person_id, _units):
        raise RateLimited("slow down", retry_after=1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rooms, "rules", rooms.rules._replace(event_rate=SimpleNamespace(spend=spend)))
        for _ in range(times):
            assert rooms.trigger_event("history", "1", {})["error"]["code"] == "rate_limited"


def test_who_goes_on_and_on_with_too_many_events_is_put_out(rooms, closed):
    refuse(rooms, FLOOD - 1)
    assert closed == []
    refuse(rooms, 1)
    assert closed == ["1"]


def test_who_is_too_fast_now_and_then_stays(rooms, closed):
    """In a week, a connection also gets many refusals."""
    for _ in range(2):
        refuse(rooms, FLOOD - 1)
        rooms.trigger_event("unread", "1", {"after": {}})
    assert closed == []


@pytest.mark.parametrize(("late_s", "more"), [(LATE, []), (LATE + 3600, [("a", 2)])])
def test_a_message_that_was_long_on_its_way_costs_what_the_search_for_it_does(rooms, late_s, more):
    spent = []
    rooms.rules = rooms.rules._replace(
        event_rate=SimpleNamespace(spend=lambda *args: spent.append(args))
    )
    writer = SimpleNamespace(store=lambda *_: message())
    lateness = SimpleNamespace(of=lambda *_: late_s)
    Sending(rooms, writer, lateness, SimpleNamespace(spend=lambda _connection: None), 0)
    draft = {"room": "tech", "text": "hi", "client_id": str(uuid.uuid4())}
    assert rooms.trigger_event("send", "1", draft)["ok"]
    assert spent == more


def test_nobody_enters_a_room_whose_connection_ended_while_that_was_read(rooms, presence):
    """The person was signed out from elsewhere."""
    continuity = SimpleNamespace(enter=lambda _room: rooms.connections.remove("1"))
    Joining(rooms, None, presence, continuity, None)
    answer = rooms.trigger_event("join", "1", {"room": "tech"})
    assert answer["error"]["code"] == "unauthorized"
    assert presence.is_empty("tech")


def test_who_joins_a_room_twice_has_left_it_with_one_leave(rooms, monkeypatch):
    for name in ("enter_room", "leave_room"):
        monkeypatch.setattr(rooms, name, lambda _sid, _channel: None)
    connection = rooms.connections.get("1")
    connection.rooms.clear()
    room = Room(id="tech", title="Tech")
    rooms.enter(connection, room)
    rooms.enter(connection, room)
    rooms.exit(connection, room)
    with pytest.raises(NotInRoom):
        rooms.joined_room(connection, "tech")


def test_whoever_goes_keeps_the_name_for_a_while(rooms, names, presence, clock):
    Joining(rooms, None, presence, None, None)
    rooms.connections.get("1").rooms.clear()
    names.take(ANN.name, ANN.id)
    clock.now += KEPT_FOR - 1
    rooms.trigger_event("disconnect", "1", "transport close")
    clock.now += KEPT_FOR - 1
    with pytest.raises(Conflict):
        names.take(ANN.name, "other")
    clock.now += 1
    names.take(ANN.name, "other")
