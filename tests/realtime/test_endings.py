"""Connections end with their session, and no others do."""

from types import SimpleNamespace

import pytest

from chat.accounts.known_sessions import Known, KnownSessions
from chat.accounts.person import Person
from chat.messages.ids import MessageIds
from chat.realtime.connections import Connections
from chat.realtime.endings import OUTLASTED_EVERY, REFUTED_EVERY, Endings
from chat.realtime.namespace import ChatNamespace
from chat.realtime.presence import Presence
from chat.storage.accounts import Profile, Revocation, Session
from tests.accounts.doubles import MemoryAccounts
from tests.virtual_time import VirtualTime

ANN, BEN = Person("a", "Ann"), Person("b", "Ben")


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def known(time):
    return KnownSessions(MemoryAccounts(), MessageIds(), time.start, time.sleep, time.clock)


@pytest.fixture
def presence(time):
    return Presence(lambda _room, _delay: None, time.clock)


@pytest.fixture
def ended():
    return []


@pytest.fixture
def endings(known, presence, time, ended):
    """Of two namespaces in which Ann has two sessions and Ben one, until 100 and later."""
    namespaces = []
    for name in ("/rooms", "/typing"):
        connections = Connections(0, 0)
        for sid, person, session, until in [
            ("1", ANN, "desk", 100),
            ("2", ANN, "phone", 1000),
            ("3", BEN, "desk", 1000),
        ]:
            connections.add(name + sid, person, session=session, until=until)
        namespaces.append(ChatNamespace(name, SimpleNamespace(), connections))
        namespaces[-1].disconnect = ended.append
    endings = Endings(known, time.clock)
    endings.watch(namespaces, presence)
    return endings


def test_a_sign_out_ends_the_connections_of_that_session_only(endings, ended):
    endings.of_session(("a", "desk"))
    assert ended == ["/rooms1", "/typing1"]


def test_a_sign_out_ends_the_grace_period_of_a_connection_that_broke_before(endings, presence):
    presence.enter("tech", "0", ANN)
    presence.leave("tech", "0", ANN, grace=5)
    endings.of_session(("a", "desk"))
    assert presence.people("tech") == []


def test_all_connections_of_a_person_end(endings, ended):
    endings.of_person("a")
    assert sorted(ended) == ["/rooms1", "/rooms2", "/typing1", "/typing2"]


def test_a_session_that_another_process_ended_is_refused_here(endings, ended, known):
    session = Session("phone", "a", "", 0, 0, 1000)
    known.begin(Profile("a", "Ann"), session)
    endings.revoked(Revocation("id", "a", "phone"))
    assert ended == ["/rooms2", "/typing2"]
    assert known.find(("a", "phone")) is None


def test_what_another_process_ended_leaves_the_grace_period_of_another_device(endings, presence):
    """A process acts on its own sign-outs, too, and once more after a while."""
    presence.enter("tech", "0", ANN)
    presence.leave("tech", "0", ANN, grace=5)
    endings.revoked(Revocation("id", "a", "desk"))
    assert presence.people("tech") == [ANN.to_wire()]


def test_whoever_is_banned_in_another_process_is_looked_up_again_here(endings, ended, known):
    session = Session("phone", "a", "", 0, 0, 1000)
    known.begin(Profile("a", "Ann"), session)
    known._accounts.ban("a", True)
    assert known.find(("a", "phone")) == Known(Profile("a", "Ann"), session), "cached"
    endings.revoked(Revocation("id", "a", ""))
    assert sorted(ended) == ["/rooms1", "/rooms2", "/typing1", "/typing2"]
    assert known.find(("a", "phone")).profile.is_banned


def begin_both(known, name="Ann"):
    for session in ("desk", "phone"):
        known.begin(Profile("a", name), Session(session, "a", "", 0, 0, 1000))


def test_whoever_is_as_before_goes_on(endings, ended, known):
    begin_both(known)
    endings.revoked(Revocation("id", "a", ""))
    endings.of_former("a")
    assert ended == []


def test_connections_with_a_former_name_end(endings, ended, known):
    begin_both(known)
    known.rename(Profile("a", "Anna"))
    endings.of_former("a")
    assert sorted(ended) == ["/rooms1", "/rooms2", "/typing1", "/typing2"]


def test_connections_end_that_cannot_be_checked(endings, ended, known):
    known._accounts.is_down = True
    endings.of_former("a")
    assert sorted(ended) == ["/rooms1", "/rooms2", "/typing1", "/typing2"]


def test_connections_end_with_the_last_moment_of_their_session(endings, ended, time):
    time.start(lambda: endings.of_outlasted(time.sleep))
    time.pass_by(100)
    assert ended == []
    time.pass_by(OUTLASTED_EVERY)
    assert ended == ["/rooms1", "/typing1"]


def test_connections_end_that_came_in_by_an_outage(endings, ended, time, caplog):
    answers = iter([[], None, [("a", "desk")], []])
    time.start(endings.of_refuted, lambda: next(answers), time.sleep)
    time.pass_by(2 * REFUTED_EVERY)
    assert ended == []
    assert "could not be looked up" in caplog.text
    time.pass_by(2 * REFUTED_EVERY)
    assert ended == ["/rooms1", "/typing1"]
