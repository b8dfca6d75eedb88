"""Which sessions are good: cached for a while, refused at once where they ended."""

import pytest

from chat.accounts import known_sessions
from chat.accounts.known_sessions import BAD_FOR, GOOD_FOR, RETRY_EVERY, Known, KnownSessions
from chat.errors import Unavailable
from chat.messages.ids import MessageIds
from chat.storage.accounts import Profile, Session

UNTIL = 5000.0


@pytest.fixture
def start(accounts, time):
    """Starts a process with these records."""
    return lambda: KnownSessions(accounts, MessageIds(), time.start, time.sleep, time.clock)


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
    sessions.end(key(person), UNTIL)


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
    (revocation,) = accounts.revoked
    assert (revocation.person, revocation.session) == key()


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


def test_it_is_told_with_an_id_of_the_moment_in_which_it_is_written(sessions, accounts, time):
    """Others read what was revoked lately, and an outage may be long."""
    begin(sessions)
    accounts.is_down = True
    before = MessageIds().make("any")
    end(sessions)
    sometime_in_the_outage = MessageIds().make("any")
    accounts.is_down = False
    time.pass_by(RETRY_EVERY)
    (revocation,) = accounts.revoked
    assert before < sometime_in_the_outage < revocation.id


def test_what_others_ended_is_noticed_at_once_when_told(sessions, start):
    begin(sessions)
    begin(sessions, "ben")
    others = [start(), start()]
    for other in others:
        assert other.find(key())
        assert other.find(key("ben"))
    end(sessions)
    others[0].ended_elsewhere(key())
    others[1].forget_person("ann")
    assert [other.has_ended(key()) for other in others] == [True, False]
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


def test_what_began_in_an_outage_is_good_also_in_the_moment_before_it_is_recorded(
    sessions, accounts, time
):
    accounts.is_down = True
    known = begin(sessions)
    time.pass_by(GOOD_FOR)
    accounts.is_down = False
    assert sessions.find(key()) == known
    time.pass_by(RETRY_EVERY)
    assert sessions.find(key()) == known
    accounts.end_session(key(), UNTIL)
    time.pass_by(GOOD_FOR)
    assert sessions.find(key()) is None


def test_after_a_second_outage_all_is_recorded_too(sessions, start, accounts, time):
    for person in ("ann", "ben"):
        accounts.is_down = True
        begin(sessions, person)
        assert len(time._tasks) == 1, "what waits is tried again together"
        accounts.is_down = False
        time.pass_by(RETRY_EVERY)
        assert start().find(key(person))
        assert time._tasks == []


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


def test_a_new_name_is_known_here_at_once_and_told_to_others(sessions, accounts):
    known = begin(sessions)
    assert sessions.find(key()) == known
    anna = known.profile._replace(name="Anna")
    sessions.rename(anna)
    assert sessions.find(key()) == known._replace(profile=anna)
    [told] = accounts.revoked
    assert (told.person, told.session) == ("ann", "")


def test_a_name_is_not_changed_while_a_sign_in_waits_that_would_change_it_back(
    sessions, accounts, time
):
    accounts.is_down = True
    known = begin(sessions)
    accounts.is_down = False
    anna = known.profile._replace(name="Anna")
    with pytest.raises(Unavailable):
        sessions.rename(anna)
    time.pass_by(RETRY_EVERY)
    sessions.rename(anna)
    assert sessions.find(key()).profile == anna


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


def test_others_are_told_to_look_after_it_was_taken_away(sessions, accounts, monkeypatch):
    begin(sessions)
    done = []
    monkeypatch.setattr(accounts, "end_session", lambda *_: done.append("ended"))
    sessions.when_revoked(lambda: done.append("told"))
    end(sessions)
    assert done == ["ended", "told"]


def test_what_can_not_be_recorded_is_not_done(sessions, accounts):
    accounts.is_down = True
    with pytest.raises(Unavailable), sessions.revoking("ann"):
        pytest.fail("it was done")
