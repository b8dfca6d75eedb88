"""After a suspicion a room is read at once, and what nobody had told here is broadcast."""

import pytest

from chat.messages.ids import LAST_ID, id_at
from chat.realtime.continuity import (
    MARK_AFTER,
    NEWS_FOR,
    READ_AFTER,
    READ_IN_ORDER_AFTER,
    RETRY_AFTER,
    SHARED_FOR,
    SPREAD,
    TICK,
)
from chat.storage.base import SETTLED_AFTER
from tests.continuity_room import EPOCH, Room

SOON = TICK + 0.1
A_DAY = 86_400
A_WHILE = SETTLED_AFTER + READ_IN_ORDER_AFTER


def make_room(settles_after):
    room = Room(settles_after)
    room.time.pass_by(SHARED_FOR + READ_AFTER)
    return room


@pytest.fixture(params=[0, SETTLED_AFTER], ids=["in order", "table"])
def room(request):
    return make_room(request.param)


@pytest.fixture
def table():
    return make_room(SETTLED_AFTER)


@pytest.fixture
def in_order():
    return make_room(0)


def test_what_nobody_told_here_is_broadcast_soon(room):
    room.enter()
    room.time.pass_by(A_WHILE)
    ours, theirs = room.say(), room.store()
    room.continuity.suspect("general")
    room.time.pass_by(SOON)
    assert room.broadcasts.messages == [ours, theirs]
    assert room.continuity.found_by_reading == 1


def test_what_was_found_counts_as_told(room):
    room.enter()
    theirs = room.store()
    room.continuity.suspect("general")
    room.time.pass_by(SOON)
    assert not room.tell(theirs), "it was only late on its way here"
    said = room.say()
    room.time.pass_by(A_WHILE)
    assert room.broadcasts.messages == [theirs, said]
    assert said.id <= room.broadcasts.marks[-1][1] < LAST_ID


def test_after_an_unfounded_suspicion_everything_is_as_before(room):
    room.enter()
    before = room.say()
    room.continuity.suspect("general")
    room.time.pass_by(SOON)
    after = room.say()
    room.time.pass_by(A_WHILE)
    counted = room.log.counted
    room.time.pass_by(A_WHILE)
    assert room.broadcasts.messages == [before, after]
    assert room.continuity.found_by_reading == 0
    assert room.log.counted == counted, "only once"
    assert after.id <= room.broadcasts.marks[-1][1] < LAST_ID


def test_what_is_told_while_the_room_is_read_is_told_once(room):
    """In order, `up_to` may not pass a message that the read did not see."""
    room.enter()
    room.say()
    said = []

    def store_and_say():
        if not said:
            said.extend([room.store(), room.say()])

    room.log.meanwhile = store_and_say
    room.continuity.suspect("general")
    room.time.pass_by(SOON)
    unseen, ours = said
    assert unseen not in room.broadcasts.messages
    assert room.broadcasts.up_to.get("general", "") < unseen.id
    room.continuity.suspect("general")
    room.time.pass_by(A_WHILE)
    assert room.broadcasts.messages[1:] == [ours, unseen]


def test_a_suspicion_during_a_read_is_not_dispelled_by_it(room):
    room.enter()
    room.say()
    stored = []
    room.log.meanwhile = lambda: (
        stored or (stored.append(room.store()), room.continuity.suspect("general"))
    )
    room.continuity.suspect("general")
    room.time.pass_by(2 * SOON)
    assert room.broadcasts.messages[1:] == stored


def test_a_suspected_room_that_cannot_be_read_is_read_again_soon(room):
    room.enter()
    theirs = room.store()
    room.log.is_down = True
    room.continuity.suspect("general")
    room.time.pass_by(SOON)
    room.log.is_down = False
    room.time.pass_by(RETRY_AFTER + SOON)
    assert room.broadcasts.messages == [theirs]


def test_a_room_without_people_is_above_suspicion(room):
    room.enter()
    room.time.pass_by(A_WHILE)
    counted = room.log.counted
    room.is_empty = True
    room.store()
    room.continuity.suspect("general")
    room.continuity.suspect("never entered")
    room.continuity.suspect_all()
    room.time.pass_by(A_WHILE)
    assert room.log.counted == counted
    assert room.broadcasts.messages == []


def test_after_a_failed_first_read_what_is_recent_is_told(in_order):
    in_order.log.is_down = True
    in_order.enter()
    in_order.log.is_down = False
    old = in_order.store(seconds_ago=NEWS_FOR + 10)
    theirs = in_order.store()
    in_order.continuity.suspect("general")
    in_order.time.pass_by(SOON)
    assert in_order.broadcasts.messages == [theirs]
    assert old.id < in_order.continuity._feeds["general"].up_to == theirs.id


def test_what_lands_after_the_suspicion_is_told_when_it_must_have_landed(table):
    """A process has died, and DynamoDB has carried out its last write later."""
    table.enter()
    table.time.pass_by(A_WHILE)
    table.continuity.suspect("general")
    table.time.pass_by(SOON)
    late = table.store(seconds_ago=SOON + 1)
    table.time.pass_by(A_WHILE)
    assert table.broadcasts.messages == [late]


def test_other_rooms_are_not_read_again_and_again_for_what_a_suspicion_found(table):
    table.enter("general", "tech")
    table.time.pass_by(A_WHILE)
    table.store()
    table.continuity.suspect("general")
    table.time.pass_by(A_WHILE)
    counted = table.log.counted
    table.time.pass_by(SHARED_FOR)
    assert table.log.counted == counted


def test_they_are_for_what_was_found_without_any(table):
    """A server writes that tells nobody."""
    table.enter()
    table.continuity.suspect("general")
    table.time.pass_by(A_WHILE)
    table.store()
    table.say()
    table.time.pass_by(A_WHILE)
    counted = table.log.counted
    table.time.pass_by(SHARED_FOR / 2)
    assert table.log.counted > counted


def test_what_is_of_a_clock_that_is_far_ahead_is_not_told(in_order):
    """New ids need not sort after it, so `up_to` must not pass it either."""
    in_order.enter()
    in_order.time.pass_by(A_WHILE)
    in_order.log.farthest = lambda: id_at(EPOCH + 366 * A_DAY)
    in_order.store(seconds_ago=-400 * A_DAY)
    theirs = in_order.store()
    in_order.continuity.suspect("general")
    in_order.time.pass_by(SOON)
    assert in_order.broadcasts.messages == [theirs]
    assert in_order.tell(in_order.store())


def test_all_rooms_are_read_within_seconds_the_active_ones_first(room):
    names = [f"room-{number}" for number in range(100)]
    room.enter(*names)
    room.time.pass_by(A_WHILE)
    room.tell(room.store(room="room-70"))
    room.time.pass_by(1)
    room.continuity.suspect_all()  # what only was suspect hasn't been active
    room.time.pass_by(A_WHILE)
    for name in names:
        room.store(room=name)
    room.log.calls.clear()
    room.continuity.suspect_all()
    room.time.pass_by(SOON)
    told = [each.room for each in room.broadcasts.messages[1:]]
    assert 0 < len(told) < 60, "not all at the same time"
    assert told[0] == "room-70"
    room.time.pass_by(SPREAD)
    assert {each.room for each in room.broadcasts.messages[1:]} == set(names)
    assert max(room.log.calls) <= 20
    assert room.continuity.found_by_reading == 100


def test_what_is_told_of_a_room_during_its_first_read_is_told_once(room):
    said = []

    def and_then_speak(read):
        def reading(*arguments):
            found = read(*arguments)
            if not said:
                said.append(room.say())
            return found

        return reading

    room.log.newest_id = and_then_speak(room.log.newest_id)
    room.log.between = and_then_speak(room.log.between)
    room.enter()
    room.continuity.suspect("general")
    room.time.pass_by(A_WHILE)
    assert room.broadcasts.messages == said
    assert room.continuity.found_by_reading == 0


def test_a_mark_follows_what_a_suspicion_found(room):
    room.enter()
    room.time.pass_by(A_WHILE)
    theirs = room.store()
    room.continuity.suspect("general")
    room.time.pass_by(A_WHILE + MARK_AFTER)
    number, up_to = room.broadcasts.marks[-1]
    assert number == 1
    assert up_to >= theirs.id
