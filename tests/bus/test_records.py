"""What a process does because of the records of others, in virtual time."""

import itertools

import pytest

from chat.bus.lease import DEAD_AFTER, NAMED_FOR, RENEW_EVERY, Lease
from chat.bus.records import Records
from chat.storage.containers import ROOMS_AT_MOST

OLD, NEW = (f"2026-11-22T10:47:12.{n:06}Z.7f3ac21e00" for n in range(2))


class Here:
    """The process that follows the others; what it does stands in `done`."""

    def __init__(self, containers, time):
        self.done = []
        self.known = set()
        self.heard = set()  # by the bus
        self.lease = Lease(containers, "here", time.clock)
        self.records = Records(
            containers,
            self.lease,
            is_known=lambda room_id, id_: (room_id, id_) in self.known,
            suspect=lambda room_id: self.done.append(f"read {room_id}"),
            suspect_all=lambda: self.done.append("read all"),
            elsewhere=lambda room_id, id_: self.done.append((room_id, id_)),
            misses_nothing_of=self.heard.__contains__,
            sleep=time.sleep,
            clock=time.clock,
        )
        time.start(self.records.follow)

    def take(self):
        """What was done since the last call."""
        done, self.done[:] = list(self.done), []
        return done


@pytest.fixture
def here(containers, time):
    here = Here(containers, time)
    time.pass_by(RENEW_EVERY)
    assert here.take() == ["read all"], "somebody may have written and ended before the first read"
    return here


@pytest.fixture
def there(containers, time):
    """Another process; it renews its record only when the test says so."""
    return Lease(containers, "there", time.clock)


def name(containers, renewals, **newest):
    containers.renew("there", renewals, newest)


def stay_alive(there, time, seconds):
    for _ in range(round(seconds)):
        there.renew()
        time.pass_by(1)


def test_a_message_that_is_not_known_here_makes_its_room_suspect_once(here, containers, time):
    name(containers, 1, general=NEW)
    time.pass_by(RENEW_EVERY)
    assert here.take() == [("general", NEW), "read general"]
    for renewals in (2, 3):
        name(containers, renewals, general=NEW)
        time.pass_by(RENEW_EVERY)
    assert here.take() == []


def test_each_further_message_makes_its_room_suspect(here, containers, time):
    name(containers, 1, general=OLD)
    time.pass_by(RENEW_EVERY)
    here.take()
    name(containers, 2, general=NEW, tech=OLD)
    time.pass_by(RENEW_EVERY)
    assert here.take() == [("general", NEW), "read general", ("tech", OLD), "read tech"]


def test_what_is_known_here_costs_nothing(here, containers, time):
    here.known.add(("general", NEW))
    name(containers, 1, general=NEW)
    time.pass_by(RENEW_EVERY)
    assert here.take() == []


def test_what_this_process_has_stored_itself_costs_nothing(here, containers, time):
    containers.renew("here", 1000, {"general": NEW})
    time.pass_by(2 * DEAD_AFTER)
    assert here.take() == []


def test_who_renews_in_time_is_never_lost(here, there, time):
    for _ in range(20):
        there.renew()
        time.pass_by(DEAD_AFTER - RENEW_EVERY - 0.1)
    assert here.take() == []


def test_of_a_dead_process_all_rooms_are_read_once(here, there, time, caplog):
    there.renew()
    time.pass_by(DEAD_AFTER)
    assert here.take() == []
    time.pass_by(2 * RENEW_EVERY)
    assert here.take() == ["read all"]
    assert "The process there gives no sign of life any more" in caplog.text
    time.pass_by(3600)
    assert here.take() == []


def test_who_is_there_is_who_renews_the_record(here, containers, time):
    assert not here.records.is_there("there")
    name(containers, 1)
    time.pass_by(RENEW_EVERY)
    assert here.records.is_there("there")
    time.pass_by(DEAD_AFTER + RENEW_EVERY)
    assert not here.records.is_there("there")
    name(containers, 2)
    time.pass_by(RENEW_EVERY)
    assert here.records.is_there("there")
    containers.remove("there")
    time.pass_by(RENEW_EVERY)
    assert not here.records.is_there("there")


def test_several_that_die_together_cost_one_reading(here, containers, time):
    for process in ("one", "two"):
        containers.renew(process, 1, {})
    time.pass_by(DEAD_AFTER + 2 * RENEW_EVERY)
    assert here.take() == ["read all"]


def test_whose_record_is_renewed_again_is_alive_and_can_be_lost_again(here, containers, time):
    name(containers, 1)
    time.pass_by(100)
    here.take()
    name(containers, 2, general=NEW)
    time.pass_by(RENEW_EVERY)
    assert here.take() == [("general", NEW), "read general"]
    time.pass_by(DEAD_AFTER - RENEW_EVERY)
    assert here.take() == []
    time.pass_by(2 * RENEW_EVERY)
    assert here.take() == ["read all"]


def test_of_a_process_that_has_ended_all_rooms_are_read_soon(here, there, time, caplog):
    stay_alive(there, time, NAMED_FOR)
    there.end(is_idle=lambda: True)
    time.pass_by(RENEW_EVERY)
    assert here.take() == ["read all"]
    assert caplog.text == ""
    time.pass_by(100)
    assert here.take() == []
    assert here.records._peers == {}


def test_a_dead_process_is_not_lost_again_when_its_record_expires(here, containers, time):
    name(containers, 1)
    time.pass_by(100)
    here.take()
    containers.remove("there")
    time.pass_by(100)
    assert here.take() == []


@pytest.mark.parametrize("seconds", [DEAD_AFTER, 60, 3600])
def test_nobody_is_lost_because_this_process_could_not_read(here, there, containers, time, seconds):
    there.renew()
    time.pass_by(RENEW_EVERY)
    containers.takes_reads = False
    time.pass_by(seconds)
    containers.takes_reads = True
    time.pass_by(RENEW_EVERY)
    stay_alive(there, time, 30)
    assert here.take() == ["read all"], "it has missed records"


@pytest.mark.parametrize("takes_reads", [False, True])
def test_nobody_is_lost_in_an_outage_that_all_have(
    here, there, containers, time, takes_reads, caplog
):
    """Also if records can be read: on a full disk, for example."""
    there.renew()
    time.pass_by(RENEW_EVERY)
    containers.takes_writes, containers.takes_reads = False, takes_reads
    time.pass_by(3600)
    containers.takes_writes = containers.takes_reads = True
    time.pass_by(RENEW_EVERY)
    stay_alive(there, time, 30)
    assert here.take() == ([] if takes_reads else ["read all"])
    assert caplog.text == "", "the storage logs the cause"


def test_the_time_before_an_outage_counts(here, there, containers, time):
    there.renew()
    time.pass_by(DEAD_AFTER - RENEW_EVERY)
    containers.takes_writes = False
    time.pass_by(100)
    assert here.take() == []
    containers.takes_writes = True
    time.pass_by(3 * RENEW_EVERY)
    assert here.take() == ["read all"]


def test_who_cannot_write_still_learns_what_others_store(here, containers, time):
    name(containers, 1, general=NEW)
    containers.takes_writes = False
    time.pass_by(RENEW_EVERY)
    assert here.take() == [("general", NEW), "read general"]


def test_one_turn_that_fails_misses_nothing(here, there, containers, time):
    stay_alive(there, time, 10)
    containers.takes_reads = False
    stay_alive(there, time, NAMED_FOR - 2 * RENEW_EVERY)
    containers.takes_reads = True
    stay_alive(there, time, 30)
    assert here.take() == []


@pytest.fixture
def slow_read(containers, time):
    """Makes each reading of the records take so many seconds, after they were read."""
    read = containers.all

    def make(seconds):
        def slowly():
            records = read()
            time.sleep(seconds)
            return records

        containers.all = slowly

    return make


def test_records_that_are_read_too_slowly_are_missed(containers, time, slow_read):
    slow_read(NAMED_FOR / 2 + 1)
    here = Here(containers, time)
    time.pass_by(NAMED_FOR)
    assert here.take() == ["read all"], "as always at the start"
    time.pass_by(RENEW_EVERY)
    assert here.take() == ["read all"]


def test_no_process_is_dead_too_early_however_slowly_records_are_read(containers, time, slow_read):
    slow_read(3)
    name(containers, 1)
    here = Here(containers, time)
    time.pass_by(3)
    here.take()
    time.pass_by(DEAD_AFTER - 0.1)
    assert here.take() == []
    time.pass_by(2 * RENEW_EVERY)
    assert here.take() == ["read all"]


def test_a_full_record_makes_all_rooms_suspect_where_the_bus_does_not_work(here, containers, time):
    newest = {f"room-{number}": NEW for number in range(ROOMS_AT_MOST)}
    here.known.update(newest.items())
    containers.renew("there", 1, newest)
    time.pass_by(RENEW_EVERY)
    assert here.take() == ["read all"]
    here.heard.add("there")
    containers.renew("there", 2, newest)
    time.pass_by(RENEW_EVERY)
    assert here.take() == []
    here.heard.clear()
    newest.popitem()
    containers.renew("there", 3, newest)
    time.pass_by(RENEW_EVERY)
    assert here.take() == []


def test_a_fault_in_one_act_does_not_keep_others_from_being_done(
    containers, time, caplog, monkeypatch
):
    here = Here(containers, time)
    here.known = None  # a fault for each message
    monkeypatch.setattr(here.records, "_suspect_all", lambda: 1 / 0)
    name(containers, 1, general=NEW)
    time.pass_by(100)
    assert here.take() == []
    assert caplog.text.count("could not be acted on") == 3
    here.known = set()
    name(containers, 2, general=OLD)
    time.pass_by(RENEW_EVERY)
    assert here.take() == [("general", OLD), "read general"]


def test_a_fault_of_the_storage_does_not_end_the_following(
    here, containers, time, caplog, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(containers, "all", lambda: 1 / 0)
        time.pass_by(RENEW_EVERY)
    assert "could not be read" in caplog.text
    name(containers, 1, general=NEW)
    time.pass_by(RENEW_EVERY)
    assert here.take() == [("general", NEW), "read general"]


@pytest.mark.parametrize("call_takes", [0, 2])
def test_the_turns_begin_at_uneven_times_and_never_too_late(containers, time, call_takes):
    renewed_at = []
    renew = containers.renew

    def slowly(*arguments):
        renewed_at.append(time.now)
        time.sleep(call_takes)
        renew(*arguments)

    containers.renew = slowly
    Here(containers, time)
    time.pass_by(100 * RENEW_EVERY)
    pauses = {round(later - earlier, 3) for earlier, later in itertools.pairwise(renewed_at)}
    assert renewed_at[0] == 0
    assert 0.8 * RENEW_EVERY <= min(pauses) < max(pauses) <= RENEW_EVERY
    assert len(pauses) > 50


def test_who_ends_follows_nobody_any_more(here, containers, time):
    time.pass_by(NAMED_FOR)
    here.lease.end(is_idle=lambda: True)
    name(containers, 1, general=NEW)
    time.pass_by(100)
    assert here.take() == []
    assert [record.process for record in containers.all()] == ["there"]
