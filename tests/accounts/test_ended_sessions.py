"""Sessions that were signed out."""

from unittest.mock import Mock

import pytest

from chat.accounts import ended_sessions
from chat.accounts.ended_sessions import GOOD_FOR, RETRY_EVERY, EndedSessions
from chat.errors import Unavailable
from tests.history.doubles import MemoryHistory
from tests.virtual_time import VirtualTime

UNTIL = 5000.0


@pytest.fixture
def time():
    return VirtualTime()


@pytest.fixture
def history():
    return MemoryHistory()


@pytest.fixture
def start(history, time):
    """Starts a process that records ended sessions in this history."""
    return lambda: EndedSessions(history, time.start, time.sleep, time.clock)


@pytest.fixture
def ended(start):
    return start()


def test_whoever_has_signed_out_is_remembered_and_others_are_not(ended):
    ended.add("ann", UNTIL)
    assert "ann" in ended
    assert "bob" not in ended


def test_a_restart_forgets_nobody(ended, start, history):
    ended.add("ann", UNTIL)
    assert history.sign_outs == {"ann": UNTIL}
    assert "ann" in start()


def test_many_other_sign_outs_make_it_forget_nobody(ended, monkeypatch):
    monkeypatch.setattr(ended_sessions, "REMEMBERED", 10)
    assert "0" not in ended
    for number in range(25):
        ended.add(str(number), UNTIL)
    assert "0" in ended
    assert max(map(len, (ended._ended, ended._good, ended._unrecorded))) <= 10


def test_what_ended_in_another_process_is_noticed_after_a_while(ended, start, time):
    assert "ann" not in ended
    start().add("ann", UNTIL)
    time.pass_by(GOOD_FOR)
    assert "ann" in ended


def test_a_crowd_that_comes_and_goes_is_looked_up_once(ended, history, time):
    for _ in range(3):
        assert not [n for n in range(100) if str(n) in ended]
    assert history.look_ups == 100
    time.pass_by(GOOD_FOR)
    assert "0" not in ended
    assert len(ended._good) == 1, "the others are forgotten"


def test_what_ends_here_ends_at_once(ended):
    assert "ann" not in ended
    ended.add("ann", UNTIL)
    assert "ann" in ended


def test_a_session_that_ends_while_it_is_looked_up_has_ended(ended, history, monkeypatch):
    def look_up(_session):
        ended.add("ann", UNTIL)
        return False  # read before the end was recorded

    monkeypatch.setattr(ended._look_ups, "ask", look_up)
    assert "ann" in ended


def test_in_an_outage_people_get_in_and_who_signed_out_here_does_not(ended, history):
    history.is_down = True
    ended.add("ann", UNTIL)
    assert "ann" in ended
    assert "bob" not in ended


def test_an_answer_that_failed_to_come_is_asked_for_again(ended, start, history):
    start().add("ann", UNTIL)
    history.is_down = True
    assert "ann" not in ended
    history.is_down = False
    assert "ann" in ended


def test_a_sign_out_in_an_outage_is_recorded_after_it(ended, history, time, caplog):
    history.is_down = True
    ended.add("ann", UNTIL)
    ended.add("bob", UNTIL + 1)
    assert caplog.text.count("A sign-out can't be recorded yet") == 2
    assert len(time._tasks) == 1, "they are tried again together"
    time.pass_by(3 * RETRY_EVERY)
    assert history.sign_outs == {}
    history.is_down = False
    time.pass_by(RETRY_EVERY)
    assert history.sign_outs == {"ann": UNTIL, "bob": UNTIL + 1}
    history.is_down = True
    ended.add("cem", UNTIL)
    history.is_down = False
    time.pass_by(RETRY_EVERY)
    assert "cem" in history.sign_outs, "also after a second outage"


def test_an_outage_is_found_once_in_a_round_however_many_have_signed_out(ended, history, time):
    history.is_down = True
    for number in range(20):
        ended.add(str(number), UNTIL)
    history.end_session, tries = Mock(side_effect=Unavailable("down")), 3
    time.pass_by(tries * RETRY_EVERY)
    assert history.end_session.call_count == tries


def test_a_mistake_ends_neither_this_nor_later_tries(ended, history, time, monkeypatch, caplog):
    end_session = history.end_session

    def fail_for_ann(session, until):
        if session == "ann":
            raise ValueError("a mistake")
        end_session(session, until)

    history.is_down = True
    ended.add("ann", UNTIL)
    ended.add("bob", UNTIL)
    history.is_down = False
    monkeypatch.setattr(history, "end_session", fail_for_ann)
    time.pass_by(RETRY_EVERY)
    assert history.sign_outs == {"bob": UNTIL}
    assert "A sign-out could not be recorded" in caplog.text
    monkeypatch.setattr(history, "end_session", end_session)
    time.pass_by(RETRY_EVERY)
    assert history.sign_outs == {"ann": UNTIL, "bob": UNTIL}
