"""Which rooms have people here: listeners are told in the right order, whatever races."""

import itertools
import threading

import pytest

from chat.realtime.openings import STAYS_OPEN, Openings
from chat.storage.base import SETTLED_AFTER
from tests.continuity_room import Room

AT_MOST = STAYS_OPEN + 1.0  # seconds from the end of a room to the call


@pytest.fixture
def calls():
    return []


@pytest.fixture(params=[0, SETTLED_AFTER], ids=["in order", "table"])
def room(request, calls):
    room = Room(request.param)
    room.continuity.when_opened(lambda name: calls.append(f"opened {name}"))
    room.continuity.when_closed(lambda name: calls.append(f"closed {name}"))
    return room


@pytest.fixture
def openings(clock, calls):
    openings = Openings(clock)
    openings.when_opened(lambda _room: calls.append("opened"))
    openings.when_closed(lambda _room: calls.append("closed"))
    return openings


def leave(room, name="general"):
    room.is_empty = True
    room.continuity.left(name)


def test_a_room_is_opened_before_it_is_read(room, calls):
    def note(read):
        return lambda *arguments: calls.append("read") or read(*arguments)

    room.log.newest_id, room.log.between = note(room.log.newest_id), note(room.log.between)
    room.enter()
    assert calls == ["opened general", "read"]
    room.enter()
    assert len(calls) == 2


def test_a_room_is_closed_within_seconds_after_the_last_one_has_left(room, calls):
    room.enter()
    room.time.pass_by(100)
    leave(room)
    assert calls == ["opened general", "closed general"]
    room.enter()
    leave(room)
    room.time.pass_by(AT_MOST)
    assert calls == ["opened general", "closed general"] * 2
    assert room.continuity._feeds == {}


def test_a_room_that_nobody_enters_in_the_end_is_closed_too(room, calls):
    """The connection has ended while it was joining."""
    room.continuity.enter("general")
    room.time.pass_by(AT_MOST)
    assert calls == ["opened general", "closed general"]


def test_who_comes_back_at_once_finds_the_room_open(room, calls):
    room.enter()
    room.time.pass_by(100)
    room.is_empty = True
    missed = room.store()  # the next join reads it
    room.enter()
    room.time.pass_by(100)
    assert calls == ["opened general"]
    assert missed not in room.broadcasts.messages


def test_rooms_do_not_mix(room, calls):
    room.enter("one", "two")
    room.time.pass_by(100)
    leave(room, "one")
    assert calls == ["opened one", "opened two", "closed one"]


def test_a_room_that_takes_long_to_enter_stays_open(openings, clock, calls):
    with openings.entering("general"):
        clock.now += 10 * STAYS_OPEN
        assert not openings.close("general")
    assert not openings.close("general"), "who has entered is not in the list of people yet"
    clock.now += STAYS_OPEN
    assert openings.close("general")
    assert openings.close("general")
    assert calls == ["opened", "closed"]


def test_a_room_that_is_just_being_opened_holds_up_nobody(openings):
    """The bus may be told of a suspicion before it is told that the room is subscribed."""
    answers = []
    openings.when_opened(lambda room: answers.append(openings.close(room)))
    with openings.entering("general"):
        assert answers == [False]


def test_where_nobody_listens_nothing_is_kept(clock):
    openings = Openings(clock)
    with openings.entering("general"):
        assert openings.close("general")
    assert openings._rooms == {}


def test_a_room_that_could_not_be_opened_is_opened_by_the_next_one(openings, clock, calls):
    def fail(_room):
        raise ConnectionError

    openings.when_opened(fail)
    for _ in range(2):
        with pytest.raises(ConnectionError), openings.entering("general"):
            pass
    assert calls == ["opened", "opened"]
    assert openings.close("general")


def test_a_room_that_is_just_being_closed_is_opened_afterwards(clock):
    calls = []
    openings = Openings(clock)

    def enter():
        with openings.entering("general"):
            calls.append("entered")

    thread = threading.Thread(target=enter)

    def close(_room):
        calls.append("closing")
        thread.start()
        thread.join(0.05)  # it has to wait
        calls.append("closed")

    openings.when_opened(lambda _room: calls.append("opened"))
    openings.when_closed(close)
    enter()
    clock.now += STAYS_OPEN
    openings.close("general")
    thread.join()
    assert calls == ["opened", "entered", "closing", "closed", "opened", "entered"]


def test_threads_find_a_room_open_and_are_told_one_after_the_other():
    calls, wrong = [], []
    passes_fast = map(float, itertools.count(step=10))
    openings = Openings(lambda: next(passes_fast))
    is_open = False

    def let_others_run():
        threading.Event().wait(0.0005)

    def opened(_room):
        nonlocal is_open
        calls.append("opening")
        let_others_run()
        is_open = True
        calls.append("opened")

    def closed(_room):
        nonlocal is_open
        calls.append("closing")
        is_open = False
        let_others_run()
        calls.append("closed")

    openings.when_opened(opened)
    openings.when_closed(closed)

    def come_and_go():
        for _ in range(100):
            let_others_run()
            with openings.entering("general"):
                let_others_run()
                if not is_open:
                    wrong.append("a room is closed in which somebody is")
            openings.close("general")

    threads = [threading.Thread(target=come_and_go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    once = ["opening", "opened", "closing", "closed"]
    assert calls == once * (len(calls) // 4)
    assert len(calls) > 4
