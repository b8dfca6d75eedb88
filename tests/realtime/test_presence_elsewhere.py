"""Who is in a room, as this process and others report it."""

import pytest

from chat.accounts.person import Person
from chat.realtime.presence import GRACE, LISTED, REPORTED_WITHIN, Presence

ANN, BOB, CID = Person("a", "Ann"), Person("b", "Bob"), Person("c", "Cid")
ANNA, ANNE = Person("a", "Anna"), Person("a", "Anne")
STAY = 30


@pytest.fixture
def marks():
    return []


@pytest.fixture
def presence(clock, marks):
    presence = Presence(lambda room, delay: marks.append((room, delay)), clock)
    presence.keep_changes_here()
    return presence


@pytest.fixture
def seen(presence):
    """Returns the names that clients get since the last call, and the ids of who has gone."""

    def changes():
        change = presence.take_changes("tech")
        return change and ([each["name"] for each in change["joined"]], change["left"])

    return changes


@pytest.fixture
def reported(presence):
    """The same for other processes."""

    def changes():
        change = presence.take_changes_here("tech")
        return change and ([each["name"] for each in change["joined"]], change["left"])

    return changes


def listed(*people):
    return [person.to_wire() for person in people]


def names(presence):
    return [each["name"] for each in presence.people("tech")]


def test_people_of_all_processes_are_in_the_room(presence, seen, marks):
    presence.enter("tech", "1", ANN)
    presence.set_elsewhere("two", "tech", listed(BOB))
    presence.change_elsewhere("three", "tech", listed(CID), [])
    assert names(presence) == ["Ann", "Bob", "Cid"]
    assert presence.count("tech") == 3
    assert presence.here("tech") == listed(ANN)
    assert presence.sids("tech") == ["1"]
    assert marks[-1] == ("tech", 0)
    assert seen() == (["Ann", "Bob", "Cid"], [])


def test_a_person_in_several_places_is_one(presence, seen, reported):
    presence.set_elsewhere("two", "tech", listed(ANN))
    assert seen() == (["Ann"], [])
    presence.enter("tech", "1", ANN)
    presence.set_elsewhere("three", "tech", listed(ANN))
    presence.change_elsewhere("two", "tech", listed(ANN), [])
    assert presence.count("tech") == 1
    assert seen() is None
    assert reported() == (["Ann"], [])
    presence.change_elsewhere("two", "tech", [], ["a"])
    presence.leave("tech", "1", ANN)
    assert seen() is None
    assert reported() == ([], ["a"])
    presence.set_elsewhere("three", "tech", [])
    assert seen() == ([], ["a"])


def test_a_snapshot_replaces_what_was_known_of_its_process(presence, seen):
    presence.set_elsewhere("two", "tech", listed(ANN, BOB))
    seen()
    presence.set_elsewhere("two", "tech", listed(BOB, CID))
    assert seen() == (["Cid"], ["a"])
    presence.set_elsewhere("two", "tech", listed(BOB, CID))
    assert seen() is None


def test_others_are_told_of_people_not_of_tabs(presence, reported):
    presence.enter("tech", "1", ANN)
    assert reported() == (["Ann"], [])
    presence.enter("tech", "2", ANN)
    presence.leave("tech", "1", ANN)
    assert reported() is None
    presence.leave("tech", "2", ANN, grace=GRACE)
    presence.enter("tech", "3", ANN)
    assert reported() is None


def test_others_are_told_all_names_however_large_the_room_is(presence, reported):
    presence.set_elsewhere(
        "two", "tech", [{"id": str(n), "name": str(n)} for n in range(LISTED + 1)]
    )
    presence.enter("tech", "1", ANN)
    assert "joined" not in presence.take_changes("tech")
    assert reported() == (["Ann"], [])
    assert presence.take_changes_here("tech") is None


def test_nothing_is_kept_for_others_where_nobody_asks(clock):
    presence = Presence(lambda _room, _delay: None, clock)
    presence.enter("tech", "1", ANN)
    presence.leave("tech", "1", ANN, grace=GRACE)
    clock.now += GRACE
    assert presence.take_changes("tech")["left"] == ["a"], "nobody has to report either"
    assert presence.take_changes_here("tech") is None


def test_others_learn_of_a_broken_connection_only_after_the_period_of_grace(
    presence, clock, marks, seen, reported
):
    presence.enter("tech", "1", ANN)
    seen(), reported()
    presence.leave("tech", "1", ANN, grace=GRACE)
    assert marks[-1] == ("tech", GRACE + REPORTED_WITHIN)
    assert seen() is None
    assert reported() is None
    assert presence.here("tech") == listed(ANN)
    clock.now += GRACE + REPORTED_WITHIN
    assert seen() == ([], ["a"])
    assert reported() == ([], ["a"])


def test_a_new_name_is_shown_wherever_the_person_is_back(presence, seen, reported):
    presence.enter("tech", "1", ANN)
    seen(), reported()
    presence.leave("tech", "1", ANN, grace=GRACE)
    presence.change_elsewhere("two", "tech", listed(ANNA), [])
    assert seen() == (["Anna"], [])
    assert reported() == ([], ["a"]), "nobody comes back here with the former name"
    presence.enter("tech", "2", ANNA)
    assert seen() is None
    assert reported() == (["Anna"], [])


def test_the_name_is_that_of_the_places_where_the_person_still_is(presence, seen):
    presence.enter("tech", "1", ANN)
    presence.change_elsewhere("two", "tech", listed(ANNA), [])
    assert names(presence) == ["Ann"], "as long as it is used here"
    seen()
    presence.leave("tech", "1", ANN)
    assert seen() == (["Anna"], [])
    presence.change_elsewhere("three", "tech", listed(ANN), [])
    assert seen() == (["Ann"], [])
    presence.change_elsewhere("two", "tech", listed(BOB), [])
    assert seen() == (["Bob"], [])
    presence.lose_process("two", STAY)
    presence.set_elsewhere("four", "tech", listed(ANNE))
    presence.set_elsewhere("five", "tech", listed(ANN))
    assert seen() == (["Ann"], [])
    presence.set_elsewhere("three", "tech", [])
    presence.set_elsewhere("five", "tech", [])
    assert seen() == (["Anne"], []), "of a process that lives, if there is any"


def test_people_of_a_lost_process_stay_for_a_while(presence, clock, marks, seen):
    presence.set_elsewhere("two", "tech", listed(ANN, BOB))
    seen()
    presence.lose_process("two", STAY)
    assert marks[-1] == ("tech", STAY)
    clock.now += STAY - 1
    assert seen() is None
    assert marks[-1] == ("tech", 1)
    clock.now += 1
    assert seen() == ([], ["a", "b"])
    assert presence.count("tech") == 0


def test_those_of_a_lost_process_stay_who_are_found_again(presence, clock, seen):
    people = [Person(str(n), f"Person {n}") for n in range(5)]
    presence.set_elsewhere("two", "tech", listed(*people))
    seen()
    presence.lose_process("two", STAY)
    presence.enter("tech", "1", people[0])
    presence.set_elsewhere("three", "tech", listed(people[1]))
    presence.change_elsewhere("two", "tech", listed(people[2]), [people[3].id])
    assert seen() == ([], [people[3].id])
    clock.now += STAY
    assert seen() == ([], [people[4].id])


def test_a_lost_process_that_is_back_loses_nobody(presence, clock, seen):
    presence.set_elsewhere("two", "tech", listed(ANN, BOB))
    seen()
    presence.lose_process("two", STAY)
    presence.set_elsewhere("two", "tech", listed(ANN))
    assert seen() == ([], ["b"])
    clock.now += STAY
    assert seen() is None


def test_who_was_left_of_a_lost_process_stays_when_it_is_lost_again(presence, clock, seen):
    presence.set_elsewhere("two", "tech", listed(ANN))
    presence.lose_process("two", STAY)
    presence.change_elsewhere("two", "tech", listed(BOB), [])
    seen()
    presence.lose_process("two", STAY)
    assert seen() is None
    clock.now += STAY
    assert seen() == ([], ["a", "b"])


def test_of_a_room_without_people_here_nothing_is_kept(presence, seen):
    presence.enter("tech", "1", ANN)
    presence.set_elsewhere("two", "tech", listed(ANN, BOB))
    seen()
    presence.forget_elsewhere("tech")
    assert seen() == ([], ["b"])
    assert names(presence) == ["Ann"]
    assert presence._elsewhere == {}
    presence.forget_elsewhere("tech")


def test_the_end_of_a_session_here_ends_none_elsewhere(presence, seen, reported):
    presence.enter("tech", "1", ANN)
    presence.set_elsewhere("two", "tech", listed(ANN))
    seen(), reported()
    presence.leave("tech", "1", ANN, grace=GRACE)
    presence.give_up_on(ANN.id)
    assert seen() is None
    assert reported() == ([], ["a"])
