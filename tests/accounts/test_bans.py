"""Bans: who may, and whom they keep out."""

import pytest

from chat.accounts.bans import Bans
from chat.accounts.known_sessions import KnownSessions
from chat.accounts.person import Person
from chat.accounts.sessions import SignedIn
from chat.errors import Forbidden, Invalid, Unavailable
from chat.messages.ids import MessageIds
from chat.storage.accounts import Profile, Session

BOSS = SignedIn(Person("boss", "Boss"), "s", 0, 1e9, is_administrator=True)


@pytest.fixture
def revoked():
    return []


@pytest.fixture
def known(accounts, clock, time):
    return KnownSessions(accounts, MessageIds(clock), time.start, time.sleep, clock)


@pytest.fixture
def bans(accounts, known, clock, revoked):
    for person in ("boss", "ann"):
        accounts.put_profile(Profile(person, person))
        accounts.begin_session(Session(f"of {person}", person, "", 0, 0, 1e12))
    return Bans(accounts, known, revoked.append)


def test_an_administrator_shuts_somebody_out_and_lets_the_person_in_again(bans, accounts, revoked):
    bans.ban(BOSS, "ann")
    assert accounts.people["ann"].is_banned
    assert [(each.person, each.session) for each in revoked] == [("ann", "")]
    assert accounts.revoked[0] == revoked[0], "other processes are told"
    bans.lift(BOSS, "ann")
    assert not accounts.people["ann"].is_banned
    assert accounts.ended.keys() == {("ann", "of ann")}, "who is let in again has to sign in"


def test_who_is_let_in_again_is_so_at_once_in_this_process(bans, accounts, known):
    bans.ban(BOSS, "ann")
    assert known.find(("ann", "of ann")).profile.is_banned
    bans.lift(BOSS, "ann")
    new = Session("new", "ann", "", 0, 0, 1e12)
    accounts.begin_session(new)
    assert not known.find(new.key).profile.is_banned


def test_nobody_else_may(bans, accounts, revoked):
    member = BOSS._replace(is_administrator=False)
    for deed in (bans.ban, bans.lift):
        with pytest.raises(Forbidden):
            deed(member, "ann")
    assert not accounts.people["ann"].is_banned
    assert revoked == accounts.revoked == []


def test_nobody_shuts_themselves_out(bans, accounts):
    with pytest.raises(Invalid):
        bans.ban(BOSS, "boss")
    assert not accounts.people["boss"].is_banned


def test_it_is_told_before_it_is_done(bans, accounts, monkeypatch):
    monkeypatch.setattr(accounts, "ban", lambda *_: pytest.fail(str(accounts.revoked)))
    with pytest.raises(pytest.fail.Exception, match="ann"):
        bans.ban(BOSS, "ann")


def test_in_an_outage_one_is_told_that_it_was_not_done(bans, accounts, revoked):
    accounts.is_down = True
    with pytest.raises(Unavailable):
        bans.ban(BOSS, "ann")
    assert revoked == []
