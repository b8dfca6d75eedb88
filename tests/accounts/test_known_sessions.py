"""Which sessions are good: cached for a while, refused at once where they ended."""

import pytest

from chat.accounts import known_sessions
from chat.accounts.known_sessions import BAD_FOR, GOOD_FOR, RETRY_EVERY, Known, KnownSessions
from chat.errors import Unavailable
from chat.storage.accounts import Profile, Revocation, Session
from tests.virtual_time import VirtualTime

UNTIL = 5000.0


class MemoryAccounts:
    """The records that these tests need."""

    def __init__(self):
        self.profiles, self.good, self.revoked = {}, {}, []
        self.look_ups = []
        self.is_down = False
        self.meanwhile = lambda: None  # what happens while a look-up is under way

    def _reach(self):
        if self.is_down:
            raise Unavailable("down")

    def put_profile(self, profile):
        self._reach()
        self.profiles[profile.id] = profile

    def begin_session(self, session):
        self._reach()
        self.good[session.person, session.id] = session

    def end_session(self, key, until):
        self._reach()
        self.good.pop(key, None)

    def revoke(self, revocation, until):
        self._reach()
        self.revoked.append((revocation, until))

    def look_up(self, keys):
        self._reach()
        self.look_ups.append(keys)
        found = {k: (self.profiles[k[0]], self.good[k]) for k in keys if k in self.good}
        self.meanwhile()
        return found


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def accounts():
    return MemoryAccounts()


@pytest.fixture
def start(accounts, time):
    """Starts a process with these records."""
    return lambda: KnownSessions(accounts, time.start, time.sleep, time.clock)


@pytest.fixture
def sessions(start):
    return start()


def key(person="ann"):
    return person, f"session of {person}"


def begin(sessions, person="ann"):
    known = Known(Profile(person, person.title()), Session(key(person)[1], person, "", 0, 0, UNTIL))
    sessions.begin(*known)
    return known


def end(sessions, person="ann"):
    sessions.end(key(person), UNTIL, Revocation("id", *key(person)))


def test_a_session_is_good_here_and_after_a_restart_until_it_ends(sessions, start):
    known = begin(sessions)
    assert sessions.find(key()) == start().find(key()) == known
    end(sessions)
    assert sessions.find(key()) is None
    assert start().find(key()) is None
    assert sessions.find(key("ben")) is None


def test_the_end_is_told_to_other_processes(sessions, accounts):
    begin(sessions)
    end(sessions)
    assert accounts.revoked == [(Revocation("id", *key()), UNTIL)]


def test_it_is_told_before_the_session_is_taken_away(sessions, accounts, monkeypatch):
    """If the process dies between the two writes, others look for nothing; not the other way."""
    begin(sessions)
    monkeypatch.setattr(accounts, "end_session", lambda *_: pytest.fail(str(accounts.revoked)))
    with pytest.raises(pytest.fail.Exception, match="Revocation"):
        end(sessions)


def test_one_read_serves_for_a_while(sessions, start, accounts, time):
    begin(sessions)
    other = start()
    for _ in range(3):
        assert other.find(key())
    assert accounts.look_ups == [[key()]]
    end(sessions)
    time.pass_by(GOOD_FOR - 0.1)
    assert other.find(key())
    time.pass_by(0.1)
    assert other.find(key()) is None


def test_what_others_ended_is_noticed_at_once_when_told(sessions, start):
    begin(sessions)
    begin(sessions, "ben")
    others = [start(), start()]
    for other in others:
        assert other.find(key())
        assert other.find(key("ben"))
    end(sessions)
    others[0].forget(key())
    others[1].forget_person("ann")
    for other in others:
        assert other.find(key()) is None
        assert other.find(key("ben"))


def test_whoever_is_refused_costs_a_read_only_now_and_then(sessions, accounts, time):
    for _ in range(3):
        assert sessions.find(key()) is None
    assert len(accounts.look_ups) == 1
    time.pass_by(BAD_FOR)
    assert sessions.find(key()) is None
    assert len(accounts.look_ups) == 2
    end(sessions)
    time.pass_by(BAD_FOR)
    assert sessions.find(key()) is None
    assert len(accounts.look_ups) == 2, "ended here: that is known"


def test_a_session_that_ends_while_it_is_looked_up_has_ended(sessions, start, accounts):
    begin(sessions)
    other = start()
    accounts.meanwhile = lambda: end(other)
    assert other.find(key()) is None


def test_what_was_read_before_an_end_elsewhere_is_not_cached_after_it(sessions, start, accounts):
    begin(sessions)
    other = start()

    def meanwhile():
        accounts.meanwhile = lambda: None
        end(sessions)
        other.forget_person("ann")

    accounts.meanwhile = meanwhile
    other.find(key())
    assert other.find(key()) is None


def test_in_an_outage_whoever_was_here_stays(sessions, start, accounts, time):
    known = begin(sessions)
    accounts.is_down = True
    time.pass_by(10 * GOOD_FOR)
    assert sessions.find(key()) == known
    with pytest.raises(Unavailable):
        start().find(key())


def test_what_begins_and_ends_in_an_outage_is_recorded_after_it(sessions, start, accounts, time):
    begin(sessions, "cem")
    accounts.is_down = True
    known = begin(sessions)
    begin(sessions, "ben")
    end(sessions, "ben")
    end(sessions, "cem")
    assert sessions.find(key()) == known
    assert sessions.find(key("ben")) is None
    time.pass_by(3 * RETRY_EVERY)
    accounts.is_down = False
    time.pass_by(RETRY_EVERY)
    other = start()
    assert [bool(other.find(key(each))) for each in ("ann", "ben", "cem")] == [True, False, False]
    time.pass_by(10 * RETRY_EVERY)
    assert time._tasks == [], "nothing is retried any more"


def test_a_write_that_fails_for_another_reason_holds_up_no_others(
    sessions, start, accounts, time, caplog, monkeypatch
):
    accounts.is_down = True
    begin(sessions)
    begin(sessions, "ben")
    accounts.is_down = False
    put = accounts.put_profile
    monkeypatch.setattr(accounts, "put_profile", lambda p: put(p) if p.id == "ben" else 1 / 0)
    time.pass_by(RETRY_EVERY)
    assert start().find(key("ben"))
    assert "could not be recorded" in caplog.text


def test_memory_is_bounded(sessions, accounts, monkeypatch):
    monkeypatch.setattr(known_sessions, "REMEMBERED", 10)
    accounts.is_down = True
    for number in range(25):
        begin(sessions, str(number))
        end(sessions, str(number))
    accounts.is_down = False
    for number in range(100, 125):
        sessions.find(key(str(number)))
        begin(sessions, str(number))
    tables = sessions._good, sessions._bad, sessions._ended, sessions._unrecorded
    assert max(map(len, tables)) <= 10
