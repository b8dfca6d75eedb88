"""Ids of messages: unique, in the order of time, whatever the clock does."""

import threading

import pytest

from chat.messages.ids import (
    FARTHEST_AHEAD,
    MessageIds,
    following,
    id_at,
    id_before,
    is_message_id,
)

A_MOMENT = 1_790_000_000.0


@pytest.fixture
def clock(clock):
    clock.now = A_MOMENT
    return clock


@pytest.fixture
def ids(clock):
    return MessageIds(clock, "7f3ac21e")


def test_an_id_is_the_time_the_process_and_a_number(ids):
    assert ids.make("general") == "2026-09-21T14:13:20.000000Z.7f3ac21e01"
    assert is_message_id(ids.make("general"))


def test_while_the_clock_stands_still_ids_are_unique_and_in_order(ids):
    made = [ids.make("general") for _ in range(1000)]
    assert made == sorted(set(made))


def test_when_the_clock_steps_back_the_ids_go_on(ids, clock):
    before = ids.make("general")
    clock.now -= 300
    after = [ids.make("general") for _ in range(3)]
    assert [before, *after] == sorted({before, *after})
    clock.now += 600
    assert ids.make("general")[:27] == "2026-09-21T14:18:20.000000Z"


def test_two_processes_in_the_same_microsecond_make_different_ids(clock):
    one, other = MessageIds(clock), MessageIds(clock)
    assert {one.make("general") for _ in range(300)}.isdisjoint(
        other.make("general") for _ in range(300)
    )


def test_threads_never_make_the_same_id(ids):
    made = []

    def make():
        made.extend([ids.make("general") for _ in range(2000)])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 16_000


def test_after_a_restart_ids_of_a_room_go_on_behind_its_newest(ids, clock):
    read = ids.make("general")
    clock.now -= 7200
    restarted = MessageIds(clock)
    restarted.stay_after("general", read)
    made = [restarted.make("general") for _ in range(3)]
    assert [read, *made] == sorted({read, *made})
    assert restarted.make("tech") < read, "other rooms go by the clock"


def test_an_id_from_farther_ahead_than_any_clock_is_not_followed(ids):
    ahead = id_at(A_MOMENT + FARTHEST_AHEAD + 1)
    ids.stay_after("general", ahead)
    assert ids.make("general") < ahead
    near = id_at(A_MOMENT + FARTHEST_AHEAD - 1)
    ids.stay_after("general", near)
    assert ids.make("general") > near


def test_an_id_from_before_changes_nothing(ids):
    made = ids.make("general")
    ids.stay_after("general", id_at(A_MOMENT - 1000))
    assert ids.make("general") > made


def test_a_room_is_known_once_somebody_has_looked(ids):
    assert not ids.knows("general")
    ids.stay_after("general", None)
    assert ids.knows("general")
    assert not ids.knows("tech")


def test_an_id_that_follows_another(ids):
    before, after = ids.make("general"), ids.make("general")
    assert following(before, after) == after
    moved = following(after, before)
    assert moved > after
    assert moved[27:] == before[27:], "still of its own process"
    assert is_message_id(moved)


def test_a_moment_sorts_between_the_ids_before_and_after_it(ids, clock):
    before = ids.make("general")
    clock.now += 1
    moment = id_at(clock.now)
    after = ids.make("general")
    assert before < moment < after


def test_so_many_seconds_before_an_id(ids, clock):
    early = ids.make("general")
    clock.now += 5
    late = ids.make("general")
    assert id_before(late, 5) < early < id_before(late, 4.9)
    assert id_before("1970-01-01T00:00:01.000000Z.0000000000", 5) == "1970-01-01T00:00:00.000000Z"
