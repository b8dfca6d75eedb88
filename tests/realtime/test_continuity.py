"""Stored messages that were not broadcast are found, and `up_to` of events and marks is right."""

import pytest

from chat.messages.ids import LAST_ID, id_at
from chat.realtime.continuity import (
    MARK_AFTER,
    NEWS_FOR,
    RAREST_MARK,
    READ_AFTER,
    READ_IN_ORDER_AFTER,
    SHARED_FOR,
)
from chat.realtime.planned_reads import READ_TOGETHER
from chat.storage.base import SETTLED_AFTER
from tests.continuity_room import EPOCH, Room

A_WHILE = SETTLED_AFTER + READ_IN_ORDER_AFTER
NOT_SHARED = SHARED_FOR + READ_AFTER


@pytest.fixture
def alone():
    """A room in a history that keeps order."""
    return Room(settles_after=0)


@pytest.fixture
def shared():
    """A room in a table into which other servers write."""
    room = Room(settles_after=SETTLED_AFTER)
    room.time.pass_by(NOT_SHARED)
    return room


@pytest.fixture(params=["alone", "shared"])
def room(request):
    return request.getfixturevalue(request.param)


def test_a_stored_message_is_told_once(room):
    room.enter()
    said = room.say()
    assert not room.tell(said)
    room.time.pass_by(A_WHILE)
    assert not room.tell(said), "it isn't news when it is settled either"
    assert room.broadcasts.messages == [said]


def test_whoever_enters_learns_the_number_of_the_next_event(room):
    assert room.enter() == 0
    room.say()
    room.say()
    assert room.enter() == 2


def test_a_mark_follows_the_last_event(room):
    room.enter()
    room.say()
    room.time.pass_by(MARK_AFTER - 1)
    room.say()
    room.time.pass_by(MARK_AFTER - 1)
    assert room.broadcasts.marks == [], "no marks while there are events"
    room.time.pass_by(2)
    assert [number for number, _ in room.broadcasts.marks] == [2]


def test_a_later_mark_says_that_all_is_known(room):
    room.enter()
    said = room.say()
    room.time.pass_by(A_WHILE)
    number, up_to = room.broadcasts.marks[-1]
    assert number == 1
    assert up_to >= said.id


def test_nothing_says_more_than_is_settled(shared):
    shared.enter()
    first = shared.say()
    for seconds in [*[1] * int(2 * A_WHILE), *[MARK_AFTER + 1] * 4]:
        shared.time.pass_by(seconds)
        shared.say()
        for up_to in [*shared.broadcasts.vouched, *(up_to for _, up_to in shared.broadcasts.marks)]:
            assert up_to <= id_at(EPOCH + shared.time.clock() - SETTLED_AFTER)
    assert first.id < shared.broadcasts.vouched[0], "`up_to` also moves while people go on talking"
    assert shared.broadcasts.marks


def test_in_silence_nothing_is_read_and_marks_get_rare(room):
    room.enter()
    room.say()
    room.time.pass_by(A_WHILE)
    counted, marks = room.log.counted, len(room.broadcasts.marks)
    assert marks <= 4
    room.time.pass_by(3600)
    assert room.log.counted == counted
    assert len(room.broadcasts.marks) - marks <= 3600 / RAREST_MARK + 3
    assert len(room.broadcasts.marks) - marks >= 3600 / RAREST_MARK - 1, "one may be lost"


def test_while_people_talk_their_messages_say_up_to_where_all_is_known(room):
    room.enter()
    room.time.pass_by(A_WHILE)
    marks = len(room.broadcasts.marks)
    said = [room.say().id]
    for _ in range(30):
        room.time.pass_by(MARK_AFTER - 1)
        said.append(room.say().id)
    assert len(room.broadcasts.marks) == marks, "marks are sent in silence only"
    assert said[0] < room.broadcasts.vouched[-1] < said[-1]


def test_a_silent_room_that_is_read_again_and_again_gets_no_more_marks(shared):
    shared.enter()
    shared.time.pass_by(A_WHILE)
    shared.store(seconds_ago=1)  # another server: from now on all rooms are read again and again
    counted, marks = shared.log.counted, len(shared.broadcasts.marks)
    shared.enter()
    shared.time.pass_by(SHARED_FOR)
    assert shared.log.counted - counted > 5
    assert len(shared.broadcasts.marks) - marks <= 5


def test_where_the_order_is_kept_talk_says_so_seldom(alone):
    alone.enter()
    alone.time.pass_by(A_WHILE)
    for _ in range(30):
        alone.say()
        alone.time.pass_by(2)
    assert 1 <= len(alone.broadcasts.vouched) <= 2


def test_what_was_vouched_for_is_said_by_a_mark_if_nobody_goes_on_talking(alone):
    alone.enter()
    alone.time.pass_by(A_WHILE)
    while not alone.broadcasts.vouched:
        alone.say()
        alone.time.pass_by(MARK_AFTER - 1)
    alone.time.pass_by(2)
    assert alone.broadcasts.marks[-1][1] >= alone.broadcasts.vouched[-1]


def test_what_was_missed_is_told_after_a_bug_has_ended(shared, caplog):
    shared.enter()
    late = shared.store(seconds_ago=SETTLED_AFTER - 1)
    between, shared.log.between = shared.log.between, None
    shared.time.pass_by(A_WHILE)
    assert "Rooms could not be read again" in caplog.text
    assert shared.broadcasts.messages == []
    shared.log.between = between
    shared.time.pass_by(A_WHILE)
    assert shared.broadcasts.messages == [late]


def test_who_is_back_at_once_after_days_gets_no_more_marks_than_others(room):
    room.time.pass_by(10 * 86_400)
    room.enter()
    room.say()
    room.time.pass_by(A_WHILE)
    room.come_back()
    marks = len(room.broadcasts.marks)
    room.time.pass_by(A_WHILE + RAREST_MARK)
    assert 1 <= len(room.broadcasts.marks) - marks <= 6


@pytest.mark.parametrize(
    ("due", "calls"),
    [(3, [1, 1, 1]), (8, [2, 2, 2, 2]), (4 * READ_TOGETHER + 1, [20, 20, 20, 20, 1])],
)
def test_rooms_are_asked_about_together(alone, due, calls):
    names = [f"room-{number}" for number in range(due)]
    alone.enter(*names)
    for name in names:
        alone.tell(alone.store(room=name))
    alone.time.pass_by(READ_AFTER + 1)
    assert alone.log.calls == calls


ROOMS = ["one", "two", "three", "four", "five"]  # more than are read at the same time


def test_what_is_missing_in_one_room_is_told_there_and_all_are_marked(shared):
    shared.enter(*ROOMS)
    late = shared.store(seconds_ago=SETTLED_AFTER - 1, room="two")
    shared.time.pass_by(A_WHILE)
    assert shared.broadcasts.messages == [late]
    assert max(shared.log.calls) > 1
    assert [room for room in ROOMS if shared.broadcasts.up_to[room] > late.id] == ROOMS


def test_a_room_that_cannot_be_read_keeps_none_that_is_read_with_it(shared):
    shared.enter(*ROOMS)
    shared.log.broken = {"one"}
    late = [shared.store(seconds_ago=SETTLED_AFTER - 1, room=room) for room in ROOMS]
    shared.time.pass_by(A_WHILE)
    assert sorted(shared.broadcasts.messages) == late[1:]
    shared.log.broken.clear()
    shared.time.pass_by(A_WHILE)
    assert sorted(shared.broadcasts.messages) == late


def test_who_comes_and_speaks_while_the_room_is_read_is_heard_once(room):
    room.enter()
    room.say()
    said = []
    room.log.meanwhile = lambda: said or (room.come_back(), said.append(room.say()))
    room.time.pass_by(2 * A_WHILE)
    assert room.broadcasts.messages[1:] == said
    assert room.broadcasts.up_to["general"] >= said[0].id


def test_what_another_process_has_stored_is_told_when_somebody_has_joined_and_speaks(room):
    room.enter()
    theirs = room.store()
    ours = room.say()
    room.time.pass_by(READ_AFTER + 1)
    assert room.broadcasts.messages == [ours, theirs]


def test_what_sorts_behind_what_was_told_is_found(shared):
    """A write was abandoned, and landed later."""
    shared.enter()
    shared.say()
    shared.time.pass_by(5)
    late = shared.store(seconds_ago=SETTLED_AFTER - 1)
    shared.time.pass_by(A_WHILE)
    assert late in shared.broadcasts.messages


def test_what_comes_late_is_found_where_nobody_speaks_too(shared):
    """The previous server was killed while it wrote."""
    shared.enter()
    late = shared.store(seconds_ago=SETTLED_AFTER - 1)
    shared.time.pass_by(A_WHILE)
    assert shared.broadcasts.messages == [late]


def test_what_was_there_before_anybody_came_is_not_told(shared):
    """It may sort before the page that a client has got, with missing messages in between."""
    shared.store()
    shared.enter()
    shared.time.pass_by(A_WHILE)
    assert shared.broadcasts.messages == []


def test_after_the_start_rooms_are_read_again_and_again():
    room = Room(settles_after=SETTLED_AFTER)
    room.enter()
    room.time.pass_by(SHARED_FOR - A_WHILE)
    theirs = room.store()
    room.time.pass_by(A_WHILE)
    assert room.broadcasts.messages == [theirs]


def test_while_another_server_writes_rooms_are_read_again_and_again(shared):
    shared.enter()
    shared.store()
    shared.say()
    shared.time.pass_by(SHARED_FOR - A_WHILE)
    theirs = shared.store()
    shared.time.pass_by(A_WHILE)
    assert shared.broadcasts.messages[-1] == theirs


def test_after_that_what_this_server_stores_is_told_as_before(room):
    room.enter()
    room.time.pass_by(A_WHILE)
    theirs = room.store()
    ours = [room.say()]
    room.time.pass_by(A_WHILE)
    assert theirs in room.broadcasts.messages
    for _ in range(3):
        ours.append(room.say())
        room.time.pass_by(A_WHILE)
    assert [each for each in room.broadcasts.messages if each != theirs] == ours
    assert room.broadcasts.marks[-1][1] < LAST_ID


def test_what_a_server_whose_clock_is_ahead_has_stored_is_told_too(shared):
    shared.enter()
    shared.store()
    shared.say()
    shared.time.pass_by(A_WHILE)
    ahead = shared.store(seconds_ago=-600)
    shared.time.pass_by(A_WHILE)
    assert shared.broadcasts.messages[-1] == ahead
    assert all(up_to < ahead.id for _, up_to in shared.broadcasts.marks)


def test_whoever_comes_while_the_history_is_down_learns_later_up_to_where_all_is_known(room):
    room.log.is_down = True
    room.enter()
    room.log.is_down = False
    said = room.say()
    room.time.pass_by(A_WHILE)
    assert room.broadcasts.messages == [said]
    assert room.broadcasts.marks[-1][1] >= said.id


def test_what_was_told_is_counted_and_not_read(shared):
    shared.enter()
    for _ in range(20):
        shared.say()
        shared.time.pass_by(1)
    shared.time.pass_by(A_WHILE)
    assert shared.log.counted <= 5
    assert shared.log.read == 1, "at the first join only"


def test_while_the_history_is_down_nothing_is_known_and_then_all_is(room):
    room.enter()
    said = room.say()
    room.log.is_down = True
    room.time.pass_by(A_WHILE)
    assert all(up_to < said.id for _, up_to in room.broadcasts.marks)
    room.log.is_down = False
    room.time.pass_by(A_WHILE)
    assert room.broadcasts.marks[-1][1] >= said.id


def test_what_was_found_long_after_it_was_stored_is_told(room):
    """Its write got no answer, and the history was down since then."""
    room.enter()
    room.log.is_down = True
    room.say()
    stored = room.store()
    room.time.pass_by(10 * NEWS_FOR)
    assert room.tell(stored)


def test_what_was_settled_before_somebody_came_is_no_news(shared):
    old = shared.store()
    shared.time.pass_by(A_WHILE)
    shared.enter()
    assert not shared.tell(old), "it is in the page"


def test_a_room_that_was_left_is_forgotten(room):
    room.enter()
    room.say()
    room.is_empty = True
    room.time.pass_by(A_WHILE)
    old = room.store()
    room.time.pass_by(A_WHILE)
    room.enter()
    room.time.pass_by(A_WHILE)
    assert old not in room.broadcasts.messages, "everyone who has joined since then has read it"
    assert room.broadcasts.marks[-1][0] <= 1


def test_whoever_comes_back_at_once_finds_no_feed_of_before(room):
    room.enter()
    room.say()
    room.is_empty = True
    room.time.pass_by(1)
    missed = room.store()  # the next join reads it
    assert room.enter() == 1
    said = room.say()
    room.time.pass_by(A_WHILE)
    assert said in room.broadcasts.messages
    assert missed not in room.broadcasts.messages


def test_where_nobody_is_a_new_message_is_news_for_others_and_an_old_one_is_not(room):
    assert room.tell(room.store())
    assert not room.tell(room.store(seconds_ago=NEWS_FOR + 1))
