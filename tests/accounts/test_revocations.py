"""What other processes revoke is acted on here, whatever their clocks and the storage do."""

import pytest

from chat.accounts.revocations import AGAIN_AFTER, EVERY, HURRY_AFTER, Revocations
from chat.messages.ids import MessageIds
from chat.storage.accounts import Revocation
from chat.storage.base import CLOCK_SKEW, SETTLED_AFTER


@pytest.fixture
def revoke(accounts, time):
    """Writes a revocation; its id is of the present, or some seconds before it."""

    def revoke(session, ago=0.0):
        id_ = MessageIds(lambda: 1e9 + time.now - ago).make("revoked:")
        accounts.revoke(Revocation(id_, "ann", session))

    return revoke


@pytest.fixture
def acted(accounts, time):
    """The sessions on which a process has acted that follows from the first moment on."""
    acted = []
    act = lambda revocation: acted.append(revocation.session)  # noqa: E731
    following = Revocations(
        accounts, act, time.sleep, clock=lambda: 1e9 + time.now, steady=time.clock
    )
    time.start(following.follow)
    return acted


def test_a_revocation_is_acted_on_soon_and_once_more_later(acted, revoke, time):
    time.pass_by(100)
    revoke("one")
    time.pass_by(EVERY)
    assert acted == ["one"]
    time.pass_by(AGAIN_AFTER - EVERY)
    assert acted == ["one"]
    time.pass_by(2 * EVERY)
    assert acted == ["one", "one"]
    time.pass_by(100)
    assert acted == ["one", "one"]


def test_what_is_written_late_or_by_a_slower_clock_is_not_missed(acted, revoke, time):
    time.pass_by(100)
    revoke("first")
    time.pass_by(EVERY)
    revoke("slow", ago=CLOCK_SKEW)
    time.pass_by(EVERY)
    revoke("late", ago=SETTLED_AFTER - EVERY)
    time.pass_by(EVERY)
    assert acted == ["first", "slow", "late"]


def test_what_was_revoked_in_an_outage_is_acted_on_after_it(acted, revoke, time, accounts):
    time.pass_by(100)
    revoke("one")
    accounts.is_down = True
    time.pass_by(3600)
    accounts.is_down = False
    time.pass_by(EVERY)
    assert acted == ["one"]


def test_a_fault_of_the_storage_does_not_end_the_following(
    acted, revoke, time, accounts, monkeypatch, caplog
):
    with monkeypatch.context() as patch:
        patch.setattr(accounts, "revoked_since", lambda _start: 1 / 0)
        time.pass_by(EVERY)
    assert "could not be read" in caplog.text
    revoke("one")
    time.pass_by(EVERY)
    assert acted == ["one"]


def test_a_fault_in_one_act_does_not_keep_others_from_being_acted_on(
    accounts, revoke, time, caplog
):
    acted = []

    def act(revocation):
        acted.append(revocation.session)
        if revocation.session == "one":
            raise ZeroDivisionError

    following = Revocations(
        accounts, act, time.sleep, clock=lambda: 1e9 + time.now, steady=time.clock
    )
    time.start(following.follow)
    time.pass_by(1)
    revoke("one", ago=1)
    revoke("two")
    time.pass_by(EVERY)
    assert acted == ["one", "two"]
    time.pass_by(AGAIN_AFTER + EVERY)
    assert acted == ["one", "two", "one", "two"]
    assert "could not be acted on" in caplog.text


def test_a_process_does_not_act_on_what_was_revoked_long_before_its_start(accounts, revoke, time):
    revoke("old", ago=SETTLED_AFTER + 1)
    revoke("new", ago=SETTLED_AFTER - 1)
    acted = []
    following = Revocations(
        accounts, acted.append, time.sleep, clock=lambda: 1e9 + time.now, steady=time.clock
    )
    time.start(following.follow)
    time.pass_by(EVERY)
    assert [each.session for each in acted] == ["new"]


def test_it_reads_at_once_when_another_process_says_so(accounts, time, revoke):
    acted = []
    following = Revocations(
        accounts,
        lambda revocation: acted.append(revocation.session),
        time.sleep,
        clock=lambda: 1e9 + time.now,
        steady=time.clock,
    )
    time.start(following.follow)
    time.pass_by(2 * EVERY + 1)
    revoke("one")
    for _ in range(3):
        time.start(following.hurry)
    time.pass_by(HURRY_AFTER)
    assert acted == ["one"]


def test_what_was_read_before_it_took_effect_is_acted_on_again(accounts, time, revoke):
    """The log is written first. Who reads it in that moment finds that all is as before."""
    acted = []
    following = Revocations(
        accounts,
        lambda revocation: acted.append(revocation.session),
        time.sleep,
        clock=lambda: 1e9 + time.now,
        steady=time.clock,
    )
    time.start(following.follow)
    time.pass_by(2 * EVERY - 1)
    revoke("one")
    time.pass_by(1)
    assert acted == ["one"]
    time.start(following.hurry)
    time.pass_by(HURRY_AFTER)
    assert acted == ["one", "one"]
