"""Which process may write a resend."""

import pytest

from chat.errors import Unavailable
from chat.history.resends import CLAIM_LASTS, IN_FLIGHT_FOR, QUEUED_AT_MOST, Claim, Resends
from chat.storage.base import APPEND_WITHIN, MAY_LAND_WITHIN
from tests.history.doubles import MemoryHistory, Time
from tests.storage.messages import draft, message

LONG_AGO = 60.0  # seconds


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def history():
    return MemoryHistory()


@pytest.fixture
def here(history, clock):
    return Resends(history, clock=clock, monotonic=clock, sleep=clock.sleep)


@pytest.fixture
def elsewhere(history, clock):
    return Resends(history, clock=clock, monotonic=clock, sleep=clock.sleep)


def test_what_is_in_the_history_is_found_and_claims_nothing(here, history, clock):
    stored = message(at=clock.now)
    history.put([stored])
    assert here.resolve(draft(client_id=stored.client_id), 2) == stored
    assert history.claims == {}


def test_what_another_server_whose_clock_is_behind_has_stored_is_found(here, history, clock):
    stored = message(at=clock.now - 25)
    history.put([stored])
    assert here.resolve(draft(client_id=stored.client_id), 2) == stored


def test_what_is_in_the_history_is_found_by_a_server_whose_clock_is_far_ahead(
    here, history, clock, monkeypatch
):
    stored = message(at=clock.now)
    history.put([stored])
    began = clock.now
    monkeypatch.setattr(history, "now", lambda: began)
    clock.now += 3600
    assert here.resolve(draft(client_id=stored.client_id), 2) == stored


def test_a_claim_is_used_early_enough_that_others_may_take_it_over(here, clock):
    began = clock.now
    claim = here.resolve(draft(), LONG_AGO)
    assert isinstance(claim, Claim)
    assert claim.use_before - began + APPEND_WITHIN + MAY_LAND_WITHIN <= CLAIM_LASTS


def test_the_owner_of_a_claim_that_stores_the_message_is_waited_for(
    here, elsewhere, history, clock
):
    sent = draft()
    claim = here.resolve(sent, LONG_AGO)
    stored = sent.with_id(message(at=clock.now).id)
    looks = []

    def sleep(seconds):
        clock.now += seconds
        looks.append(seconds)
        if len(looks) == 3:
            history.put([stored])
            here.release(sent, claim)

    elsewhere._sleep = sleep
    assert elsewhere.resolve(sent, LONG_AGO) == stored
    assert history.claims == {}


def test_the_claim_of_a_process_that_died_is_taken_over_when_it_has_run_out(
    here, elsewhere, clock, history
):
    sent = draft()
    here.resolve(sent, LONG_AGO)
    began = clock.now
    claim = elsewhere.resolve(sent, LONG_AGO)
    assert history.claims == {sent.client_id: claim.token}
    assert CLAIM_LASTS < clock.now - began < CLAIM_LASTS + 3


def test_a_new_claim_of_the_same_owner_counts_from_its_beginning(here, elsewhere, clock):
    sent = draft()
    claim = here.resolve(sent, LONG_AGO)
    began = clock.now
    renewed = []

    def sleep(seconds):
        clock.now += seconds
        if not renewed and clock.now - began > CLAIM_LASTS - 3:
            here.release(sent, claim)
            renewed.append(here.resolve(sent, LONG_AGO))

    elsewhere._sleep = sleep
    elsewhere.resolve(sent, LONG_AGO)
    assert clock.now - began > 2 * CLAIM_LASTS - 3


def test_while_the_history_is_down_nothing_is_known(here, history):
    history.is_down = True
    with pytest.raises(Unavailable):
        here.resolve(draft(), LONG_AGO)


def test_a_first_attempt_is_in_flight_for_as_long_as_its_parts_take():
    assert IN_FLIGHT_FOR == QUEUED_AT_MOST + APPEND_WITHIN + MAY_LAND_WITHIN
