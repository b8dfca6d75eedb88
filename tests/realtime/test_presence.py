"""Who is in a room, without sockets and with a clock that stands still."""

import pytest

from chat.accounts.person import Person
from chat.realtime.presence import GRACE, LISTED, Presence, _People

ANN, BOB = Person("a", "Ann"), Person("b", "Bob")


@pytest.fixture
def marks():
    return []


@pytest.fixture
def presence(clock, marks):
    return Presence(lambda room, delay: marks.append((room, delay)), clock)


def test_a_person_joins_once_however_many_tabs_are_open(presence):
    presence.enter("tech", "1", ANN)
    presence.enter("tech", "2", ANN)
    assert presence.people("tech") == [ANN.to_wire()]
    assert presence.count("tech") == 1
    assert sorted(presence.sids("tech")) == ["1", "2"]
    assert presence.take_changes("tech")["joined"] == [ANN.to_wire()]
    assert presence.take_changes("tech") is None


def test_a_person_with_a_new_name_is_announced_with_it(presence):
    presence.enter("tech", "1", ANN)
    presence.enter("tech", "2", BOB)
    presence.take_changes("tech")
    presence.leave("tech", "1", ANN, grace=GRACE)
    anna = ANN._replace(name="Anna")
    presence.enter("tech", "3", anna)
    assert presence.people("tech") == [anna.to_wire(), BOB.to_wire()]
    change = presence.take_changes("tech")
    assert (change["joined"], change["left"], change["count"]) == ([anna.to_wire()], [], 2)


def test_a_person_leaves_with_the_last_tab(presence):
    presence.enter("tech", "1", ANN)
    presence.enter("tech", "2", ANN)
    presence.take_changes("tech")
    presence.leave("tech", "1", ANN)
    assert presence.take_changes("tech") is None
    presence.leave("tech", "2", ANN)
    assert presence.take_changes("tech") == {
        "room": "tech",
        "count": 0,
        "joined": [],
        "left": ["a"],
    }


def test_a_tab_that_joins_twice_leaves_once(presence):
    presence.enter("tech", "1", ANN)
    presence.enter("tech", "1", ANN)
    presence.leave("tech", "1", ANN)
    assert presence.is_empty("tech")


def test_whoever_comes_and_goes_is_announced_as_gone_to_those_who_came_in_between(presence):
    presence.enter("tech", "1", ANN)
    presence.leave("tech", "1", ANN)
    change = presence.take_changes("tech")
    assert (change["joined"], change["left"]) == ([], ["a"])


def test_whoever_goes_and_comes_is_announced_as_here_to_those_who_came_in_between(presence):
    presence.enter("tech", "1", ANN)
    presence.take_changes("tech")
    presence.leave("tech", "1", ANN)
    presence.enter("tech", "2", ANN)
    change = presence.take_changes("tech")
    assert (change["joined"], change["left"]) == ([ANN.to_wire()], [])
    assert presence.people("tech") == [ANN.to_wire()]


def test_a_broken_connection_shows_only_after_the_period_of_grace(presence, clock, marks):
    presence.enter("tech", "1", ANN)
    presence.take_changes("tech")
    presence.leave("tech", "1", ANN, grace=GRACE)
    assert marks[-1] == ("tech", GRACE)
    assert presence.take_changes("tech") is None
    assert presence.people("tech") == [ANN.to_wire()]
    clock.now += GRACE
    assert presence.take_changes("tech")["left"] == ["a"]


def test_whoever_comes_back_in_time_never_was_away(presence, clock):
    presence.enter("tech", "1", ANN)
    presence.take_changes("tech")
    presence.leave("tech", "1", ANN, grace=GRACE)
    presence.enter("tech", "2", ANN)
    clock.now += GRACE
    assert presence.take_changes("tech") is None


def test_nobody_waits_for_whoever_has_signed_out(presence, marks):
    for room in ("tech", "general"):
        presence.enter(room, "1", ANN)
        presence.take_changes(room)
    presence.leave("tech", "1", ANN, grace=GRACE)
    presence.give_up_on(ANN.id)
    assert marks[-1] == ("tech", 0)
    assert presence.take_changes("tech")["left"] == ["a"]
    assert presence.count("general") == 1, "a connection is still here"


def test_a_second_break_starts_the_period_of_grace_again(presence, clock):
    presence.enter("tech", "1", ANN)
    presence.take_changes("tech")
    presence.leave("tech", "1", ANN, grace=GRACE)
    clock.now += GRACE - 1
    presence.enter("tech", "2", ANN)
    presence.leave("tech", "2", ANN, grace=GRACE)
    clock.now += 1
    assert presence.take_changes("tech") is None
    clock.now += GRACE
    assert presence.take_changes("tech")["left"] == ["a"]


def test_rooms_do_not_mix(presence):
    presence.enter("tech", "1", ANN)
    presence.enter("general", "2", BOB)
    assert presence.people("tech") == [ANN.to_wire()]
    assert presence.people("general") == [BOB.to_wire()]


def test_of_a_large_room_only_the_number_is_told(presence):
    for n in range(LISTED + 1):
        presence.enter("tech", str(n), Person(str(n), f"Person {n}"))
    assert presence.take_changes("tech") == {"room": "tech", "count": LISTED + 1}
    assert len(presence.people("tech")) == LISTED


def test_nothing_is_kept_of_those_who_have_gone(presence, clock):
    presence.enter("tech", "1", ANN)
    presence.enter("tech", "2", BOB)
    presence.take_changes("tech")
    presence.leave("tech", "1", ANN)
    presence.leave("tech", "2", BOB, grace=GRACE)
    clock.now += GRACE
    assert presence.take_changes("tech")["left"] == [ANN.id, BOB.id]
    assert presence._rooms["tech"] == _People()


def test_when_a_large_room_shrinks_everybody_is_told_who_is_left(presence):
    people = [Person(str(n), f"Person {n}") for n in range(LISTED + 1)]
    for person in people:
        presence.enter("tech", person.id, person)
    presence.take_changes("tech")
    presence.leave("tech", people[0].id, people[0])
    assert len(presence.take_changes("tech")["joined"]) == LISTED
