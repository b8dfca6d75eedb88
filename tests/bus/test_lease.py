"""The right to write, and what the record of a process names."""

import pytest

from chat.bus.lease import DEAD_AFTER, MAY_WRITE_FOR, NAMED_FOR, RENEW_EVERY, Lease
from chat.errors import Unavailable
from chat.history.writer import Writer
from chat.messages.ids import MessageIds
from chat.storage.base import APPEND_WITHIN, MAY_LAND_WITHIN
from chat.storage.containers import ROOMS_AT_MOST
from tests.history.doubles import MemoryHistory
from tests.storage.messages import draft, message


@pytest.fixture
def lease(containers, clock):
    return Lease(containers, "a", clock)


@pytest.fixture
def slow(containers, clock):
    """Makes each renewal take so many seconds, half of them after it was stored."""
    renew = containers.renew

    def make(seconds):
        def slowly(*arguments):
            clock.now += seconds / 2
            renew(*arguments)
            clock.now += seconds / 2

        containers.renew = slowly

    return make


def test_what_a_dead_process_has_written_is_stored_when_others_read_its_rooms():
    assert MAY_WRITE_FOR + APPEND_WITHIN + MAY_LAND_WITHIN < DEAD_AFTER == 20


def test_who_renews_in_time_may_write_also_after_a_renewal_that_failed():
    assert 2 * RENEW_EVERY < MAY_WRITE_FOR


def test_the_first_write_waits_for_a_record(lease, containers):
    assert lease.may_write()
    assert [record.renewals for record in containers.all()] == [1]


def test_the_right_lasts_from_when_the_renewal_was_sent(lease, containers, clock, slow):
    slow(6)
    assert lease.renew()
    clock.now += MAY_WRITE_FOR - 6 - 0.1
    containers.takes_writes = False
    assert lease.may_write()
    clock.now += 0.1
    assert not lease.may_write()


def test_a_renewal_in_which_the_process_was_frozen_gives_no_right(lease, slow):
    slow(MAY_WRITE_FOR)
    assert lease.renew()
    assert not lease.may_write()


def test_while_the_right_lasts_a_write_costs_no_renewal(lease, containers, clock):
    lease.renew()
    clock.now += MAY_WRITE_FOR - 0.1
    assert lease.may_write()
    assert containers.records["a"].renewals == 1


def test_an_earlier_renewal_that_ends_later_takes_nothing_away(lease, containers, clock):
    renew = containers.renew

    def overtaken(*arguments):
        containers.renew = renew
        clock.now += 4
        assert lease.renew()
        renew(*arguments)

    containers.renew = overtaken
    assert lease.renew()
    containers.takes_writes = False
    clock.now += MAY_WRITE_FOR - 0.1
    assert lease.may_write()


def test_a_send_after_a_freeze_renews_the_record_and_is_stored_at_once(lease, containers, clock):
    history = MemoryHistory()
    writer = Writer(history, MessageIds(), may_write=lease.may_write)
    writer.store(draft("before"))
    clock.now += 3600
    writer.store(draft("after"))
    assert len(history.messages) == 2
    assert containers.records["a"].renewals == 2


def test_in_an_outage_sends_are_refused_and_work_again_right_after_it(lease, containers, clock):
    history = MemoryHistory()
    writer = Writer(history, MessageIds(), may_write=lease.may_write)
    writer.store(draft("before"))
    clock.now += MAY_WRITE_FOR
    containers.takes_writes = False
    refused = draft("during")
    with pytest.raises(Unavailable, match="can't be reached"):
        writer.store(refused)
    assert len(history.messages) == 1
    containers.takes_writes = True
    assert writer.store(refused) in history.messages


def test_a_fault_of_the_storage_refuses_writes_and_is_logged(lease, containers, caplog):
    containers.renew = lambda *_: 1 / 0
    assert not lease.may_write()
    assert "could not be renewed" in caplog.text


def test_the_newest_message_of_each_room_is_named(lease, containers):
    old, new, other = message("old"), message("new"), message("other", room="tech")
    for each in (new, other, old):
        lease.stored(each)
    lease.renew()
    assert containers.named("a") == {"general": new.id, "tech": other.id}


def test_a_message_is_named_for_some_time_after_the_first_renewal_with_it(lease, containers, clock):
    lease.stored(message())
    clock.now += 3600  # an outage: nobody could see it
    lease.renew()
    clock.now += NAMED_FOR - 0.1
    lease.renew()
    assert list(containers.named("a")) == ["general"]
    clock.now += 0.1
    lease.renew()
    assert containers.named("a") == {}


def test_the_time_begins_when_others_can_see_it(lease, containers, clock, slow):
    slow(4)
    lease.stored(message())
    lease.renew()
    clock.now += NAMED_FOR - 0.1
    lease.renew()
    assert list(containers.named("a")) == ["general"]


def test_what_no_renewal_could_name_waits_for_one_that_works(lease, containers, clock):
    lease.stored(message())
    containers.takes_writes = False
    for _ in range(10):
        lease.renew()
        clock.now += RENEW_EVERY
    containers.takes_writes = True
    lease.renew()
    assert list(containers.named("a")) == ["general"]


def test_the_next_message_of_a_room_has_its_own_time(lease, containers, clock):
    lease.stored(message("first"))
    lease.renew()
    clock.now += NAMED_FOR - 0.1
    next_ = message("next")
    lease.stored(next_)
    clock.now += 0.1
    lease.renew()
    clock.now += NAMED_FOR - 0.1
    lease.renew()
    assert containers.named("a") == {"general": next_.id}


def test_what_is_stored_during_a_renewal_is_named_by_later_ones(lease, containers, clock):
    first, during = message("first"), message("during")
    renew = containers.renew

    def renew_meanwhile(*arguments):
        containers.renew = renew
        lease.stored(during)
        renew(*arguments)

    lease.stored(first)
    containers.renew = renew_meanwhile
    lease.renew()
    assert containers.named("a") == {"general": first.id}
    clock.now += NAMED_FOR
    lease.renew()
    assert containers.named("a") == {"general": during.id}


def test_a_record_names_no_more_rooms_than_fit(lease, containers, clock):
    for number in range(ROOMS_AT_MOST + 1):
        lease.stored(message(room=f"room-{number}"))
    lease.renew()
    assert len(containers.named("a")) == ROOMS_AT_MOST
    clock.now += NAMED_FOR
    lease.renew()
    assert containers.named("a") == {}, "a full record says that there are more"


@pytest.fixture
def known(lease, clock):
    """The lease, after all others have seen its record."""
    for _ in range(4):
        lease.renew()
        clock.now += RENEW_EVERY
    return lease


def test_who_ends_writes_no_more_and_has_no_record(known, containers):
    known.end(is_idle=lambda: not known.may_write())
    assert containers.all() == []
    assert not known.renew()
    assert not known.may_write()
    assert containers.all() == []


def test_while_a_write_is_on_its_way_the_record_stays(known, containers):
    known.end(is_idle=lambda: False)
    assert len(containers.all()) == 1
    assert not known.may_write()


def test_a_record_stays_that_not_all_may_have_seen(lease, containers, clock):
    lease.renew()
    clock.now += MAY_WRITE_FOR - 0.1
    lease.renew()
    clock.now += NAMED_FOR - MAY_WRITE_FOR
    lease.end(is_idle=lambda: True)
    assert len(containers.all()) == 1
    assert not lease.may_write()


def test_a_record_stays_that_others_may_have_given_up(known, containers, clock):
    clock.now += MAY_WRITE_FOR
    known.renew()
    clock.now += NAMED_FOR - 5
    known.renew()
    known.end(is_idle=lambda: True)
    assert len(containers.all()) == 1


def test_an_outage_does_not_hold_up_the_end(known, containers):
    containers.takes_writes = False
    known.end(is_idle=lambda: True)
    assert not known.may_write()
